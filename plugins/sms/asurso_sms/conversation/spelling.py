"""What people mean by the words they type on a telephone.

Two ways of looking at a word: as it is written (lower case, ё as е) and as it sounds, where the
Latin and the Russian spelling of one word are the same: «ОЦЕНКИ», «ocenki» and «otsenki», «Дарья»,
«Daria» and «Darya». No database here.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

#: How well words fit a form; only the best fits count.
WHOLE, BEGUN, SLIPPED, BEGUN_SLIPPED = 4, 3, 2, 1
#: A beginning must have so many letters, a word with a slip of the finger so many.
SHORTEST, SHORTEST_SLIPPED = 2, 4

# Letter groups before letters; «c» is «ц» before a thin vowel, as in «ocenki».
_LATIN = (
    ("shch", "ш"), ("sch", "ш"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"),
    ("tz", "ц"), ("ph", "ф"), ("th", "т"), ("ck", "к"), ("ce", "це"), ("ci", "ци"), ("cy", "ци"),
    ("x", "кс"),
)  # fmt: skip
_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwyz", "абкдефгхииклмнопкрстуввиз")
#: What a Latin letter looks like, for words where both alphabets are mixed.
_LOOK = str.maketrans("abcehkmoptxy", "авсенкмортху")
_ALIKE = str.maketrans({"ё": "е", "э": "е", "й": "и", "ы": "и", "щ": "ш", "ъ": "", "ь": ""})
_PAIRS = (
    ("тс", "ц"), ("сч", "ш"), ("иа", "я"), ("ия", "я"), ("ио", "е"), ("ие", "е"), ("иу", "ю"),
    ("ию", "ю"),
)  # fmt: skip
_APART = re.compile(r"[^\w]|_")


def written(text: str) -> str:
    """Text in lower case with ё as е, and without the fancy forms of letters and digits."""
    return unicodedata.normalize("NFKC", text).lower().replace("ё", "е")


def split(text: str) -> list[str]:
    """The words of a text: runs of letters and digits."""
    return [word for word in _APART.split(written(text)) if word]


def is_latin(word: str) -> bool:
    """Whether there is a Latin letter in a word."""
    return any("a" <= sign <= "z" for sign in word)


@functools.lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """A key that is the same for spellings that sound alike, in both alphabets."""
    plain = unicodedata.normalize("NFKD", word.lower())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    if is_latin(plain):
        if any("а" <= sign <= "я" for sign in plain):
            plain = plain.translate(_LOOK)
        for group, letter in _LATIN:
            plain = plain.replace(group, letter)
        plain = plain.translate(_LETTERS)
    plain = _once(plain.translate(_ALIKE))
    for pair, letter in _PAIRS:
        plain = plain.replace(pair, letter)
    return _once(plain)


def _once(text: str) -> str:
    """Every letter once where it stands twice; figures stay."""
    return "".join(
        sign if not sign.isdigit() else "".join(run) for sign, run in itertools.groupby(text)
    )


def one_slip(typed: str, meant: str) -> bool:
    """Whether one letter more, less, wrong, or two swapped ones make the difference."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    start = next(
        (at for at, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b),
        min(len(typed), len(meant)),
    )
    rest, other = typed[start:], meant[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )


@functools.lru_cache(maxsize=16_384)
def fit(word: str, form: str) -> int:
    """How well a typed word fits a form; 0 if it does not."""
    typed, heard = sound(word), sound(form)
    if not typed or not heard:
        return 0
    if typed == heard or word == written(form):
        return WHOLE
    # Sounds melt letters together, so beginnings of Russian words are compared as written.
    begun = heard.startswith(typed) if is_latin(word) else written(form).startswith(word)
    if begun and len(word) >= SHORTEST:
        return BEGUN
    if len(typed) < SHORTEST_SLIPPED:
        return 0
    if one_slip(typed, heard):
        return SLIPPED
    if len(typed) > SHORTEST_SLIPPED and any(
        one_slip(typed, heard[:length]) for length in range(len(typed) - 1, len(typed) + 2)
    ):
        return BEGUN_SLIPPED
    return 0


def fit_words(typed: Sequence[str], form: Sequence[str]) -> int:
    """How well several words fit the beginning of a form of several words: as the worst of them."""
    if not typed or len(typed) > len(form):
        return 0
    worst = min(fit(word, part) for word, part in zip(typed, form, strict=False))
    return min(worst, BEGUN) if len(typed) < len(form) else worst


def meant(typed: Sequence[str], things: Mapping[T, Iterable[Sequence[str]]]) -> tuple[int, list[T]]:
    """How well words fit at best, and the things that they fit so; each has forms in words."""
    best = 0
    found: list[T] = []
    for thing, forms in things.items():
        level = max((fit_words(typed, form) for form in forms), default=0)
        if level > best:
            best, found = level, []
        if level and level == best:
            found.append(thing)
    return best, found
