"""Counting: the alphabets of the network, parts, Latin letters; the script counts the same."""

from __future__ import annotations

import json
import os
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asurso_core.testing.browser import browser
from asurso_sms import alphabet, numbers

EXAMPLES = {
    "": ("gsm", 0, 1),
    "a" * 160: ("gsm", 160, 1),
    "a" * 161: ("gsm", 161, 2),
    "a" * 306: ("gsm", 306, 2),
    "a" * 307: ("gsm", 307, 3),
    "я" * 70: ("ucs2", 70, 1),
    "я" * 71: ("ucs2", 71, 2),
    "я" * 134: ("ucs2", 134, 2),
    "я" * 135: ("ucs2", 135, 3),
    "€" * 80: ("gsm", 160, 1),
    # 153 places hold 76 of them: the seventy-seventh would be torn apart.
    "€" * 81: ("gsm", 162, 2),
    "€" * 153: ("gsm", 306, 3),
    "😀" * 35: ("ucs2", 70, 1),
    "😀" * 36: ("ucs2", 72, 2),
    "я" * 66 + "😀" * 34: ("ucs2", 134, 3),
    "Ivan {5} ~": ("gsm", 13, 1),
    "Цена: 5 €": ("ucs2", 9, 1),
    "`": ("ucs2", 1, 1),
    "\x1b": ("ucs2", 1, 1),
    "строка\nещё": ("ucs2", 10, 1),
}
RUSSIAN = {
    "Ёжик съел щуку": "Yozhik sel shchuku",
    "ПОДЪЁМ в 7:00 — «сбор»": 'PODYoM v 7:00 - "sbor"',
    "Hello, №5…": "Hello, N5...",
}


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: f"{text[:6]!r}x{len(text)}")
def test_a_text_is_counted_as_the_network_does(text):
    found = alphabet.count(text)
    assert (found.alphabet, found.places, found.parts) == EXAMPLES[text]


@given(st.text(max_size=400))
@settings(max_examples=50)
def test_parts_hold_what_fits_and_put_together_are_the_text(text):
    code, parts = alphabet.alphabet_of(text), alphabet.split(text)
    assert "".join(parts) == text
    sizes = [len(alphabet.encode(part, code)) // (1 if code == "gsm" else 2) for part in parts]
    most = alphabet.ALONE[code] if len(parts) == 1 else alphabet.JOINED[code]
    assert all(size <= most for size in sizes)
    assert "".join(alphabet.decode(alphabet.encode(part, code), code) for part in parts) == text


@pytest.mark.parametrize("text", RUSSIAN)
def test_russian_is_written_in_latin_letters(text):
    assert alphabet.transliterated(text) == RUSSIAN[text]


@pytest.mark.browser
def test_the_script_counts_the_same():
    script = resources.files("asurso_sms").joinpath("static/sms/count.js").read_text("utf-8")
    texts = [*EXAMPLES, *RUSSIAN]
    with browser() as running:
        if running is None:
            if os.environ.get("CI") == "true":
                pytest.fail("no browser to run the script in", pytrace=False)
            pytest.skip("no browser")
        page = running.new_page()
        found = page.evaluate(
            """async ([script, texts]) => {
                const blob = new Blob([script], { type: "text/javascript" });
                const made = await import(URL.createObjectURL(blob));
                return JSON.stringify(texts.map((text) => {
                    const found = made.count(text);
                    return [found.alphabet, found.places, found.parts, made.transliterated(text)];
                }));
            }""",
            [script, texts],
        )
    ours = [
        [one.alphabet, one.places, one.parts, alphabet.transliterated(text)]
        for text in texts
        for one in [alphabet.count(text)]
    ]
    assert json.loads(found) == ours


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("8 (927) 123-45-67", "+79271234567"),
        ("9271234567", "+79271234567"),
        ("+7 927 123 45 67", "+79271234567"),
        ("79271234567", "+79271234567"),
        ("007 927 123-45-67", "+79271234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+77011234567", "+77011234567"),
        ("375291234567", None),
        ("8 846 332-00-00", None),
        ("+7 927 123", None),
        ("02", None),
        ("+0123456789012", None),
        ("", None),
        ("телефон", None),
        ("+7927123456789", None),
    ],
)
def test_a_number_has_one_form_however_it_is_typed(typed, number):
    assert numbers.canonical(typed) == number
