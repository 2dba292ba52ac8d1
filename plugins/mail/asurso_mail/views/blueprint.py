"""The blueprint that the pages of mail share, and what they all do."""

from __future__ import annotations

from flask import Blueprint

mail = Blueprint("mail", __name__)


def numbers(values: list[str]) -> list[int]:
    """The ids among what a form sent; nonsense is left out."""
    plain = [one for one in values[:400] if one.isascii() and one.isdecimal() and len(one) < 10]
    return [int(one) for one in plain]
