"""Telephone numbers in one form: E.164 with a plus, ``+79271234567``."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"\+?[0-9]{10,15}")


def canonical(typed: str) -> str | None:
    """A mobile number as people write it, in the one form; None for what cannot be one.

    Numbers of Russia and Kazakhstan may begin with 8 or 7 or with the code of the network
    (``8 927 123-45-67``, ``9271234567``); of Russian ones only mobile ones (9…) are taken. Foreign
    ones begin with a plus and their country.
    """
    plain = re.sub(r"[\s()\-.\u2010-\u2015\u00a0\u202f]", "", typed.strip())
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    if _SHAPE.fullmatch(plain) is None:
        return None
    digits = plain.lstrip("+")
    if not plain.startswith("+"):
        if len(digits) == 10 and digits[0] == "9":
            digits = "7" + digits
        elif len(digits) == 11 and digits[0] in "78":
            digits = "7" + digits[1:]
        else:
            return None
    if digits[0] == "0" or (digits[0] == "7" and (len(digits) != 11 or digits[1] not in "967")):
        return None
    return "+" + digits


def told(number: str | None) -> str:
    """A number as it is shown: ``+7 927 123-45-67``, foreign ones as they are."""
    if number is None:
        return ""
    if number.startswith("+7") and len(number) == 12:
        return f"+7 {number[2:5]} {number[5:8]}-{number[8:10]}-{number[10:]}"
    return number


def masked(number: str | None) -> str:
    """A number of which only the end is told: ``+7 ··· 45-67``."""
    return f"{number[:2]} ··· {number[-4:-2]}-{number[-2:]}" if number else ""
