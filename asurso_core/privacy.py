"""What the school keeps about one person: given out as a whole, and taken away (152-ФЗ).

Every owner of data says how to read and how to erase what it has of a person. Plugins that are
switched off are asked too: their data stay, and so do the person's rights.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from asurso_core import __version__, access, audit, clock, plugins
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, Refused
from asurso_core.hookspecs.collect import asurso_personal_data
from asurso_core.i18n import gettext as _
from asurso_core.text import fold

EXPORT, ERASE = "core.personal_data.export", "core.personal_data.erase"


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """What one owner keeps about persons.

    ``export(person_id)`` gives plain data: dicts, lists, texts, numbers, dates.
    ``erase(person_id)`` takes away what says who the person is; it runs inside the transaction of
    the whole erasure and may keep records that the school must keep by law: ``keeps`` names their
    columns and why, ``{"journal_mark.pupil": "…"}``; the administrator reads the reasons, and the
    contract of the kit asks about all other columns that refer to a person.
    """

    name: str
    title: Any
    export: Callable[[int], Any]
    erase: Callable[[int], None]
    keeps: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reasons(self) -> list[str]:
        """Why something stays after an erasure, each reason once."""
        return list(dict.fromkeys(str(why) for why in self.keeps.values()))


def owners() -> list[PersonalData]:
    """All who keep personal data, the switched-off plugins among them."""
    manager = plugins.current()
    return [item for _plugin, item in manager.collect(asurso_personal_data, everything=True)]


def find(actor: Actor, permission: str, person_id: int) -> Person:
    """The person over whom the actor has one of the two rights; raises ``NotThere``."""
    found: Person = access.find(actor, permission, Person, person_id)
    return found


def export(actor: Actor, person_id: int) -> dict[str, Any]:
    """Everything that the school keeps about a person, by owner; the deed is audited.

    :raises NotThere: no such person, or not within the actor's right.
    """
    with transaction():
        person = find(actor, EXPORT, person_id)
        data = {one.name: _plain(one.export(person_id)) for one in owners()}
        audit.record(
            actor, "core.personal_data_exported", f"core.person:{person_id}", person=person_id,
            after={"owners": sorted(data)}, topic=None,
        )  # fmt: skip
    return {
        "format": "asurso-personal-data",
        "program": __version__,
        "made_at": clock.local().isoformat(timespec="seconds"),
        "person": {"id": person_id, "name": person.name},
        "data": data,
    }


def _plain(value: Any) -> Any:
    """Data as JSON can hold them."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def erase(actor: Actor, person_id: int, typed: str) -> None:
    """Take away what says who a person is, in all owners at once; cannot be undone.

    The surname has to be typed, and the person must be in the archive: whoever still learns or
    works here cannot be erased by a slip of the hand.

    :raises Refused: the person is not in the archive, or is the actor.
    :raises Invalid: another name was typed.
    """
    with transaction():
        person = find(actor, ERASE, person_id)
        if person_id == actor.person_id:
            raise Refused(_("You cannot erase yourself."))
        if person.archived_at is None:
            raise Refused(
                _("First move this person to the archive: whoever is at school stays in its books.")
            )
        if fold(typed) != fold(person.surname):
            raise Invalid(
                fields={
                    "typed": [_("Type the surname as it is written above: nothing was erased.")]
                }
            )
        for one in reversed(owners()):
            one.erase(person_id)
        # Without the name: the log must not keep what was just taken away.
        audit.record(
            actor, "core.person_erased", f"core.person:{person_id}", person=person_id,
            after={"owners": [one.name for one in owners()]},
        )  # fmt: skip
