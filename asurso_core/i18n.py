"""Words in the reader's language: English msgids in the source, Russian in the catalogues.

A thin cover over Flask-Babel, so that it can be replaced. One catalogue per owner.
"""

from __future__ import annotations

import datetime as dt
import functools
from decimal import ROUND_HALF_UP, Decimal
from importlib.util import find_spec
from pathlib import Path

from babel.dates import format_date as _babel_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask_babel import (
    gettext,
    lazy_gettext,
    lazy_ngettext,
    lazy_pgettext,
    ngettext,
    npgettext,
    pgettext,
)

__all__ = [
    "date_text",
    "decimal_text",
    "gettext",
    "lazy_gettext",
    "lazy_ngettext",
    "lazy_pgettext",
    "ngettext",
    "npgettext",
    "pgettext",
]

LOCALE = "ru"


@functools.lru_cache(maxsize=4096)
def date_text(value: dt.date, pattern: str = "d MMMM y 'г.'") -> str:
    """A date in Russian words; the default gives «1 сентября 2026 г.»."""
    return _babel_date(value, pattern, locale=LOCALE)


def decimal_text(value: Decimal | float | None, places: int = 2) -> str:
    """A number with a comma, rounded half up: «4,25»; empty for None."""
    if value is None:
        return ""
    step = Decimal(1).scaleb(-places)
    return str(Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP)).replace(".", ",")


def catalogue_folder(package: str) -> Path | None:
    """The ``translations`` folder of an installed package, compiled when it is out of date."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "translations"
    if not folder.is_dir():
        return None
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            _compile(source, compiled)
    return folder


def _compile(source: Path, compiled: Path) -> None:
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=LOCALE)
        part = compiled.with_suffix(f".{id(catalogue)}.part")
        with part.open("wb") as out:
            write_mo(out, catalogue)
        part.replace(compiled)
    except PermissionError:
        # An installed copy that we may not write beside: it was compiled when it was packaged.
        return
