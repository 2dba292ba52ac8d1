"""How long a text is on the network: alphabets, parts, and how it is cut (3GPP TS 23.038, 23.040).

The same counting is in ``static/sms/count.js`` for counters that follow the typing; a test
compares both over the same examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: The default alphabet, in the order of its codes; the escape at 0x1B stands for itself.
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Its extension: each of these takes two places.
EXTENSION = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E,
    "|": 0x40, "€": 0x65,
}  # fmt: skip
_CODES = {letter: code for code, letter in enumerate(GSM) if letter != "\x1b"}

#: Places in a message alone and in each part of several, by alphabet.
ALONE, JOINED = {"gsm": 160, "ucs2": 70}, {"gsm": 153, "ucs2": 67}

_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "№": "N",
    "\u00a0": " ", "\u202f": " ", "•": "*", "’": "'",
}  # fmt: skip


@dataclass(frozen=True)
class Count:
    """What a text costs: its alphabet, how many places it takes and how many parts it needs."""

    alphabet: str
    places: int
    parts: int


def alphabet_of(text: str) -> str:
    """``gsm`` if every letter is in the default alphabet or its extension, else ``ucs2``."""
    return "gsm" if all(one in _CODES or one in EXTENSION for one in text) else "ucs2"


def _width(letter: str, alphabet: str) -> int:
    """Places of one letter; a pair of surrogates and an escaped letter take two."""
    if alphabet == "gsm":
        return 2 if letter in EXTENSION else 1
    return 2 if ord(letter) > 0xFFFF else 1


def count(text: str) -> Count:
    """Count a text; an empty one is a message of one part, too."""
    alphabet = alphabet_of(text)
    places = sum(_width(letter, alphabet) for letter in text)
    return Count(alphabet, places, len(split(text)))


def split(text: str) -> list[str]:
    """The parts of a text; no pair of surrogates and no escaped letter is torn apart."""
    alphabet = alphabet_of(text)
    if sum(_width(letter, alphabet) for letter in text) <= ALONE[alphabet]:
        return [text]
    return list(_cut(text, alphabet))


def _cut(text: str, alphabet: str) -> Iterator[str]:
    begun, places = 0, 0
    for at, letter in enumerate(text):
        width = _width(letter, alphabet)
        if places + width > JOINED[alphabet]:
            yield text[begun:at]
            begun, places = at, 0
        places += width
    yield text[begun:]


def encode(text: str, alphabet: str) -> bytes:
    """The bytes of a part: UTF-16 for ``ucs2``, one byte a place (unpacked) for ``gsm``."""
    if alphabet == "ucs2":
        return text.encode("utf-16-be")
    return b"".join(
        bytes([0x1B, EXTENSION[one]]) if one in EXTENSION else bytes([_CODES[one]]) for one in text
    )


def decode(data: bytes, alphabet: str) -> str:
    """The text of bytes that came in; what cannot be read becomes a question mark."""
    if alphabet == "ucs2":
        return data.decode("utf-16-be", "replace")
    back = {code: letter for letter, code in EXTENSION.items()}
    found, escaped = [], False
    for code in data:
        if escaped:
            found.append(back.get(code, " "))
            escaped = False
        elif code == 0x1B:
            escaped = True
        else:
            found.append(GSM[code] if code < len(GSM) else "?")
    return "".join(found)


def transliterated(text: str) -> str:
    """The text in Latin letters, so that 160 places fit into a part (as in passports, ё as yo)."""
    found = []
    for letter in text:
        latin = _LATIN.get(letter.lower())
        if latin is None:
            found.append(letter)
        elif letter != letter.lower():
            found.append(latin[:1].upper() + latin[1:])
        else:
            found.append(latin)
    return "".join(found)
