"""The security log: sign-ins, refusals, ended sessions, passwords, roles; for the administrator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, plugins
from asurso_core.accounts.models import Person, User
from asurso_core.actors import Actor
from asurso_core.audit import AuditEntry
from asurso_core.db import contains
from asurso_core.hookspecs.collect import asurso_audit_kinds
from asurso_core.i18n import gettext as _

#: Deeds of the log of users' data that belong here too.
ALSO = {
    "core.roles_changed", "core.user_blocked", "core.user_unblocked", "core.user_archived",
    "core.user_restored", "core.password_reset", "core.grants_changed", "core.settings_changed",
}  # fmt: skip
MOST_EXPORTED = 10_000


def kinds() -> dict[str, str]:
    """Names and titles of the kinds of entries that the log shows."""
    return {
        kind.name: str(kind.title)
        for _plugin, kind in plugins.collect(asurso_audit_kinds)
        if kind.group == "security" or kind.name in ALSO
    }


def entries(
    actor: Actor,
    *,
    wanted: str = "",
    kind: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> pw.ModelSelect[AuditEntry]:
    """Entries, newest first: of people whose name contains ``wanted``, of a kind, between dates."""
    access.require_any(actor, "core.log.security")
    known = kinds()
    query = AuditEntry.select().where(
        AuditEntry.kind.in_([kind] if kind in known else sorted(known))
    )
    if wanted:
        people = Person.select(Person.id).where(contains(Person.search_text, wanted))
        accounts = User.select(User.id).where(User.person.in_(people))
        query = query.where(AuditEntry.person.in_(people) | AuditEntry.user.in_(accounts))
    if since is not None:
        query = query.where(AuditEntry.at >= _midnight(since))
    if until is not None:
        query = query.where(AuditEntry.at < _midnight(until + dt.timedelta(days=1)))
    return query.order_by(AuditEntry.id.desc())


def _midnight(day: dt.date) -> dt.datetime:
    start = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return start.astimezone(dt.UTC).replace(tzinfo=None)


def told(rows: list[AuditEntry]) -> list[dict[str, Any]]:
    """Entries in words for a page or a file; one statement for all names."""
    known = kinds()
    ids = {row.person for row in rows if row.person}
    names = {one.id: one.name for one in Person.select().where(Person.id.in_(ids))} if ids else {}
    return [
        {
            "at": clock.local(row.at),
            "kind": row.kind,
            "title": known.get(row.kind, row.kind),
            "who": row.actor_name,
            "person": names.get(row.person or 0, ""),
            "address": row.address,
            "details": details(row),
        }
        for row in rows
    ]


def exported(
    actor: Actor,
    query: pw.ModelSelect[AuditEntry],
) -> tuple[list[str], Iterator[list[str]]]:
    """Head and rows of the log as a table file; at most :data:`MOST_EXPORTED` rows."""
    head = [
        _("Time"), _("What happened"), _("Who"), _("Whose account"), _("Address"), _("Details"),
    ]  # fmt: skip
    listed = list(query.limit(MOST_EXPORTED))
    audit.read(
        actor, "core.read_export", "core.log:security", {row.person for row in listed if row.person}
    )
    found = told(listed)
    return head, (
        [
            row["at"].strftime("%d.%m.%Y %H:%M:%S"), row["title"], row["who"], row["person"],
            row["address"], row["details"],
        ]
        for row in found
    )  # fmt: skip


def details(row: AuditEntry) -> str:
    """The rest of an entry in words."""
    after = row.after if isinstance(row.after, dict) else {}
    words = [str(after["agent"])] if after.get("agent") else []
    if after.get("new_device"):
        words.append(_("new device"))
    if after.get("code"):
        words.append(_("by a recovery code") if after["code"] == "recovery" else _("with a code"))
    if after.get("why"):
        words.append(_why(str(after["why"])))
    if after.get("count"):
        words.append(_("places: %(count)s", count=after["count"]))
    if row.kind == "core.side_switched":
        words.append(_("as parent") if row.after == "family" else _("as staff"))
    if row.kind in {"core.settings_changed", "core.idle_limits"}:
        before = row.before if isinstance(row.before, dict) else {}
        words += [f"{name}: {before.get(name, '—')} → {value}" for name, value in after.items()]
    if row.kind == "core.grants_changed":
        words.append(_grant_words(row.before or {}, after))
    if row.kind in {"core.person_grant_given", "core.person_grant_revoked"}:
        words.append(_person_grant_words(after or row.before or {}))
    if row.kind == "core.roles_changed" and "roles" in after:
        words.append(", ".join(map(str, after["roles"])))
    if row.reason:
        words.append(row.reason)
    return "; ".join(words)


def _grant_words(before: dict[str, Any], after: dict[str, Any]) -> str:
    """«Учитель — Ставить отметки: свои группы → —» of a changed cell of the matrix."""
    change = f"{_scopes(before.get('scopes'))} → {_scopes(after.get('scopes'))}"
    return f"{after.get('role')} — {_right(after)}: {change}"


def _person_grant_words(what: dict[str, Any]) -> str:
    """«Ставить отметки: вся школа, по 2026-12-01» of a right given to a person."""
    until = _("until %(day)s", day=what.get("until"))
    return f"{_right(what)}: {_scopes([what.get('scope')])}, {until}"


def _right(what: dict[str, Any]) -> str:
    found = access.permissions().get(str(what.get("permission")))
    return str(found.label if found is not None else what.get("permission"))


def _scopes(names: Any) -> str:
    known = access.scopes()
    words = [str(known[one].label) if one in known else str(one) for one in names or ()]
    return ", ".join(words) or "—"


def _why(name: str) -> str:
    return {
        "wrong": _("wrong password"),
        "unknown": _("unknown login"),
        "blocked": _("the account is closed"),
        "archived": _("moved to the archive"),
        "expired": _("the one-time password is too old"),
        "no_role": _("no role"),
        "code": _("wrong code of the second factor"),
        "factor_reset": _("the second factor was taken away"),
        "password_changed": _("the password was changed"),
        "password_issued": _("a one-time password was given"),
        "roles_changed": _("the roles were changed"),
        "own_wish": _("by the owner"),
        "administrator": _("by the administrator"),
    }.get(name, name)
