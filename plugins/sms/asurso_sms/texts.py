"""Texts of broadcasts: their fields ``{имя}``, and filling them in for one reader.

Fields of other plugins (``{средний}``) come by the hook ``sms_fields`` and are worked out by the
rights of whoever reads the message, on the side of the family: nobody is told of another's child.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from asurso_core import access, clock, plugins
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.errors import Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_sms.hookspecs import SmsField, sms_fields

NAME, CLASS, DAY = "имя", "класс", "дата"
#: Fields that need nobody's rights: the message goes to the family of this very child.
OWN: dict[str, Any] = {
    NAME: _l("first name of the child; for staff, their own name"),
    CLASS: _l("class of the child"),
    DAY: _l("the day that is chosen below"),
}
#: The longest text that is taken: eight parts or so.
LONGEST = 600
_FIELD = re.compile(r"\{([^{}]*)\}")


def others() -> dict[str, SmsField]:
    """Fields of other plugins by name."""
    return {one.name: one for _plugin, one in plugins.collect(sms_fields)}


def offered() -> list[tuple[str, Any]]:
    """``(name, what it says)`` of every field, for the form."""
    return [*OWN.items(), *((name, one.title) for name, one in others().items())]


def names(text: str) -> list[str]:
    """The fields that a text has, each once, in their order; it was checked before."""
    found = (one.strip().lower() for one in _FIELD.findall(text))
    return list(dict.fromkeys(found))


def check(text: str) -> list[str]:
    """The fields of a text; :class:`Invalid` if a brace is open or a field is not known."""
    rest = _FIELD.sub("", text)
    if "{" in rest or "}" in rest:
        raise Invalid(_("A brace { } is not closed, or closed twice."))
    known = [name for name, _title in offered()]
    found = names(text)
    strange = [name for name in found if name not in known]
    if strange:
        raise Invalid(
            _("There is no field %(name)s. There are: %(known)s.", name="{" + strange[0] + "}",
              known=", ".join("{" + name + "}" for name in known))
        )  # fmt: skip
    return found


def is_per_child(found: Collection[str]) -> bool:
    """Whether such fields make a text different for each child."""
    return bool(set(found) - {DAY})


def is_about_child(found: Collection[str]) -> bool:
    """Whether such fields cannot be filled in for somebody without a child."""
    return bool(set(found) - {DAY, NAME})


def needed(found: Iterable[str]) -> set[str]:
    """The permissions that a writer needs over pupils of whom such fields tell."""
    known = others()
    return {known[name].requires for name in found if name in known}


def readable(actor: Actor, found: Iterable[str], pupils: Iterable[int]) -> frozenset[int]:
    """Those of some pupils of whom the actor may read what such fields tell."""
    left = frozenset(pupils)
    for permission in sorted(needed(found)):
        left = access.allowed_ids(actor, permission, Person, sorted(left))
    return left


def demand(actor: Actor, found: Iterable[str], pupils: Collection[int]) -> None:
    """Refuse a writer who may not read what the text would tell of some of these pupils."""
    if set(pupils) - readable(actor, found, pupils):
        raise Refused(_("The text has fields that you may not read of some of these pupils."))


@dataclass(frozen=True, kw_only=True)
class Values:
    """What the fields that need no rights say in one message."""

    name: str
    title: str  # of the class
    day: dt.date | None

    def of(self, field: str) -> str | None:
        """The value of a field; None: it is another plugin's."""
        if field == DAY:
            return f"{self.day or clock.today():%d.%m}"
        return {NAME: self.name, CLASS: self.title}.get(field)


def filled(text: str, values: Values, more: Mapping[str, str]) -> str:
    """The text with its fields filled in."""

    def one(match: re.Match[str]) -> str:
        field = match[1].strip().lower()
        own = values.of(field)
        return more.get(field, "") if own is None else own

    return _FIELD.sub(one, text)


def told(reader: Actor, pupil: int, found: Iterable[str]) -> dict[str, str]:
    """What fields of other plugins say of a pupil to a reader on the family side.

    :raises NotThere: the reader may not know it.
    """
    known = others()
    return {
        name: known[name].value(reader, pupil)[: known[name].longest]
        for name in found
        if name in known
    }


def longest(found: Iterable[str]) -> dict[str, str]:
    """The longest that fields of other plugins may say: for what a message costs at most."""
    known = others()
    return {name: "ж" * known[name].longest for name in found if name in known}
