"""Words in the reader's language: English msgids in the source, Russian in the catalogues.

One catalogue per owner, merged when the application is assembled; dates and WTForms' own messages
come through Babel and Flask-Babel.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from importlib.util import find_spec
from pathlib import Path

from babel.dates import format_date as _babel_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel.speaklater import LazyString

__all__ = [
    "date_text",
    "decimal_text",
    "for_templates",
    "gettext",
    "lazy_gettext",
    "lazy_ngettext",
    "lazy_pgettext",
    "ngettext",
    "npgettext",
    "pgettext",
    "use_catalogues",
]

LOCALE = "ru"
_words: NullTranslations = NullTranslations()


def use_catalogues(found: list[tuple[str, str]]) -> None:
    """Take the words of these ``(translations folder, domain)`` pairs, merged into one.

    A page asks for a hundred texts: they are looked up here directly, because Flask-Babel's own
    way costs forty times a dictionary's.
    """
    global _words  # noqa: PLW0603 - one language per process
    merged: Translations | None = None
    for folder, domain in found:
        loaded = Translations.load(folder, [LOCALE], domain)
        if isinstance(loaded, Translations):
            merged = loaded if merged is None else merged.merge(loaded)
    _words = merged or NullTranslations()


def for_templates() -> dict[str, Callable[..., str]]:
    """The four lookups as Jinja wants them: it fills the variables in by itself."""
    return {
        "gettext": lambda message: str(_words.gettext(message)),
        "ngettext": lambda one, many, num: str(_words.ngettext(one, many, num)),
        "pgettext": lambda context, message: str(_words.pgettext(context, message)),
        "npgettext": lambda context, one, many, num: str(_words.npgettext(context, one, many, num)),
    }


def gettext(message: str, **variables: object) -> str:
    """The text in the reader's language, with ``%(name)s`` filled in."""
    text: str = _words.gettext(message)
    return text % variables if variables else text


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """The form that fits the number: ``ngettext("%(num)s mark", "%(num)s marks", 3)``."""
    text: str = _words.ngettext(singular, plural, num)
    return text % {"num": num, **variables}


def pgettext(context: str, message: str, **variables: object) -> str:
    """Like :func:`gettext` for a word that means different things in different places."""
    text: str = _words.pgettext(context, message)  # type: ignore[assignment]
    return text % variables if variables else text


def npgettext(context: str, singular: str, plural: str, num: int, **variables: object) -> str:
    """Like :func:`ngettext`, with a context."""
    text: str = _words.npgettext(context, singular, plural, num)
    return text % {"num": num, **variables}


def lazy_gettext(message: str, **variables: object) -> LazyString:
    """A text that is translated when it is shown: for labels made at import."""
    return LazyString(gettext, message, **variables)


def lazy_ngettext(singular: str, plural: str, num: int, **variables: object) -> LazyString:
    """A lazy :func:`ngettext`."""
    return LazyString(ngettext, singular, plural, num, **variables)


def lazy_pgettext(context: str, message: str, **variables: object) -> LazyString:
    """A lazy :func:`pgettext`."""
    return LazyString(pgettext, context, message, **variables)


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
