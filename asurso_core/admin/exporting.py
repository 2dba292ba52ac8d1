"""Taking the history away in a file: with a reason where it speaks of many, and recorded (T30)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from asurso_core import access, audit, tables
from asurso_core.actors import Actor
from asurso_core.admin import history
from asurso_core.db import transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _

#: A file that speaks of more persons than this needs a reason.
MANY = 100
EXPORTED = "core.history_exported"


def export_history(actor: Actor, filters: history.Filters, *, xlsx: bool, reason: str) -> bytes:
    """The history that fits the filters as a file; recorded with every person it speaks of.

    :raises Invalid: it speaks of more than a hundred persons and no reason is given.
    """
    access.require_any(actor, "core.log.export")
    entries = history.to_export(actor, filters)
    head, rows = history.lines(actor, entries)
    persons = {entry.person for entry in entries if entry.person}
    what = {name: str(value) for name, value in vars(filters).items() if value not in {"", None}}
    _record(actor, persons, reason, {"rows": len(entries), "filters": what})
    return _file(_("History"), head, rows, xlsx=xlsx)


def export_reached(actor: Actor, asked: dict[str, Any], *, xlsx: bool, reason: str) -> bytes:
    """The persons whose data an account or an address reached, as a file; recorded likewise.

    :raises Invalid: there are more than a hundred of them and no reason is given.
    """
    access.require_any(actor, "core.log.export")
    found = history.reached(actor, **asked, limit=history.MOST_EXPORTED)
    head = [
        _("Person"), _("Class or children"), _("Looked at"), _("Times changed"), _("First"),
        _("Last"),
    ]  # fmt: skip
    rows = [
        [
            row["name"], row["about"], row["read"], row["done"],
            f"{row['first']:%d.%m.%Y %H:%M:%S}", f"{row['latest']:%d.%m.%Y %H:%M:%S}",
        ]
        for row in found
    ]  # fmt: skip
    what = {name: str(value) for name, value in asked.items() if value not in {"", None}}
    _record(actor, {row["person"] for row in found}, reason, {"rows": len(rows), "filters": what})
    return _file(_("Reached"), head, rows, xlsx=xlsx)


def _record(actor: Actor, persons: Iterable[int], reason: str, what: dict[str, Any]) -> None:
    persons = sorted(persons)
    reason = " ".join(reason.replace("\x00", "").split())[:255]
    if len(persons) > MANY and not reason:
        message = _(
            "The file speaks of %(number)s persons. Write why it is needed: the reason is kept.",
            number=len(persons),
        )
        raise Invalid(message, {"reason": [message]})
    audit.read(actor, "core.read_export", "core.log:history", persons)
    with transaction():
        audit.record(
            actor, EXPORTED, "core.audit:0", after={**what, "persons": len(persons)},
            reason=reason, topic=None,
        )  # fmt: skip


def _file(title: str, head: Sequence[str], rows: list[list[Any]], *, xlsx: bool) -> bytes:
    if xlsx:
        return tables.write_xlsx(title, head, rows)
    return tables.write_csv(head, rows)
