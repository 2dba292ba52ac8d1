"""What is known of a person, field by field: names for people, and the one shape that is stored."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l

#: Columns of Person that are edited, in the order of forms.
PERSON_FIELDS = ("surname", "given_name", "patronymic", "sex", "birth_date")
#: Columns of PersonDetail; lists never show them.
DETAIL_FIELDS = (
    "phone", "email", "address", "snils", "document_kind", "document_series", "document_number",
    "file_number", "position", "subjects",
)  # fmt: skip

LABELS: dict[str, Any] = {
    "surname": _l("Surname"),
    "given_name": _l("Given name"),
    "patronymic": _l("Patronymic"),
    "sex": _l("Sex"),
    "birth_date": _l("Date of birth"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "address": _l("Address"),
    "snils": _l("SNILS"),
    "document_kind": _l("Kind of document"),
    "document_series": _l("Series of document"),
    "document_number": _l("Number of document"),
    "file_number": _l("Personal file No."),
    "position": _l("Post"),
    "subjects": _l("Subjects"),
    "login": _l("Login"),
    "roles": _l("Roles"),
    "state": _l("State"),
    "class": _l("Class"),
    "relation": _l("Relation"),
    "may_receive": _l("May receive information"),
    "pupil": _l("Child"),
    "guardian": _l("Parent"),
}

#: Fields that the log and the search show only to those who may see a person's particulars.
PROTECTED = frozenset(DETAIL_FIELDS) - {"position", "subjects"}

LENGTHS = {
    "surname": 80, "given_name": 80, "patronymic": 80, "phone": 40, "email": 120, "address": 255,
    "snils": 14, "document_kind": 60, "document_series": 20, "document_number": 20,
    "file_number": 30, "position": 120, "subjects": 255, "relation": 40, "login": 60,
}  # fmt: skip

#: Relations of a representative to a child, as the lists offer them.
RELATIONS = ("мать", "отец", "опекун", "попечитель", "бабушка", "дедушка", "приёмный родитель")

_NAME = re.compile(r"^[^\W\d_](?:[^\W\d_]|[ .'’()-])*$")
_EMAIL = re.compile(r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}$")
_SPACES = re.compile(r"\s+")


def text(value: str | None, longest: int) -> str | None:
    """Trimmed text with single spaces, or None; raises ValueError when it is too long."""
    value = _SPACES.sub(" ", value or "").strip()
    if "\x00" in value:
        raise ValueError(_("The text holds a character that cannot be stored."))
    if len(value) > longest:
        raise ValueError(_("Too long: at most %(n)s characters.", n=longest))
    return value or None


def name(value: str | None) -> str | None:
    """A part of a person's name, or None; letters of any alphabet, hyphens, apostrophes."""
    found = text(value, 80)
    if found is not None and not _NAME.match(found):
        raise ValueError(_("A name is written with letters; a hyphen may stand inside it."))
    return found


def phone(value: str | None) -> str | None:
    """A phone as ``+79270000000`` where it is a Russian number, otherwise as it was typed."""
    found = text(value, 60)
    if found is None:
        return None
    if re.search(r"\d[.,]?\d*[EeЕе]\+?\d", found):
        raise ValueError(
            _("The spreadsheet has rounded this number. Make the column a text and type it again.")
        )
    digits = re.sub(r"\D", "", found)
    if len(digits) == 11 and digits[0] in "78":
        return f"+7{digits[1:]}"
    if len(digits) == 10 and digits[0] == "9":
        return f"+7{digits}"
    if not 5 <= len(digits) <= 15 or re.search(r"[^\d\s()+.,;доб-]", found.lower()):
        raise ValueError(_("A phone is 5 to 15 digits, for instance +7 927 000-00-00."))
    return found[:40]


def email(value: str | None) -> str | None:
    """An e-mail address, or None."""
    found = text(value, 120)
    if found is not None and not _EMAIL.match(found):
        raise ValueError(_("This is not an e-mail address."))
    return found


def snils(value: str | None) -> str | None:
    """A SNILS as ``123-456-789 00``; its control number must agree."""
    found = text(value, 40)
    if found is None:
        return None
    digits = re.sub(r"[\s-]", "", found)
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 11 or len(digits) < 9:
        raise ValueError(_("A SNILS has 11 digits: 123-456-789 00."))
    digits = digits.zfill(11)  # a spreadsheet drops the zeros at the beginning of a number
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    if int(digits[:9]) > 1001998 and total % 101 % 100 != int(digits[9:]):
        raise ValueError(_("The control number of the SNILS does not agree: there is a misprint."))
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def sex(value: str | None) -> str | None:
    """``m``, ``f`` or None from any usual word."""
    found = (text(value, 20) or "").lower().rstrip(".")
    if not found:
        return None
    if found in {"м", "муж", "мужской", "m", "мальчик", "male"}:
        return "m"
    if found in {"ж", "жен", "женский", "f", "девочка", "female"}:
        return "f"
    raise ValueError(_("Write м or ж."))


def date(value: str | None) -> dt.date | None:
    """A date from ``2015-05-17``, ``17.05.2015``, ``17/05/2015`` or a spreadsheet's day number."""
    found = text(value, 40)
    if found is None:
        return None
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            day = dt.datetime.strptime(found, pattern).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
        return _sane(day)
    if found.isdecimal() and found.isascii() and len(found) == 5:
        return _sane(dt.date(1899, 12, 30) + dt.timedelta(days=int(found)))
    raise ValueError(_("Write the date as 17.05.2015."))


def _sane(day: dt.date) -> dt.date:
    if not 1900 <= day.year <= 2100:
        raise ValueError(_("The year must lie between 1900 and 2100."))
    return day


def birth_date(value: str | None, today: dt.date) -> dt.date | None:
    """A date of birth: a date that has already come."""
    day = date(value)
    if day is not None and day > today:
        raise ValueError(_("The date of birth has not come yet."))
    return day


def shown(field: str, value: Any) -> str:
    """A value of a field in words: «муж.», «17.05.2015», «да»."""
    if value is None or value == "":
        return ""
    if field == "sex":
        return {"m": _("male"), "f": _("female")}.get(str(value), str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field in {"birth_date", "since"} and not isinstance(value, dt.date):
        try:
            value = dt.date.fromisoformat(str(value))
        except ValueError:
            return str(value)
    if isinstance(value, dt.date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
