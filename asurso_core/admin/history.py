"""The administrator's history: every entry, found by what it is about; who reached whose data.

The table grows for years, so nothing here counts or sorts it. A single condition that has an index
is answered by it; anything else looks back through a bounded number of entries at a time.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, plugins
from asurso_core.accounts import people_fields, people_queries, security_log
from asurso_core.accounts import people_rules as rules
from asurso_core.accounts.models import Person, User
from asurso_core.actors import Actor
from asurso_core.audit import AuditEntry, AuditKind
from asurso_core.db import contains, folded
from asurso_core.errors import NotThere
from asurso_core.hookspecs.collect import asurso_audit_kinds
from asurso_core.i18n import gettext as _
from asurso_core.text import fold

SEE = "core.log.all"
PAGE = 50
#: Entries that one page looks back through at most.
WINDOW = 50_000
#: The same where words are searched: SQLite folds every text by a function of ours.
TEXT_WINDOW = 10_000
#: Rows of one exported file.
MOST_EXPORTED = 20_000
#: Entries that are numbered near one another were made within moments; so much they may differ.
_SLACK = 1000
_READING = "reading"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the history is narrowed by; empty means everything but readings."""

    #: The name of a kind, or ``group:<group>``, or ``all`` for readings too.
    kind: str = ""
    who: str = ""
    user_id: int | None = None
    person: str = ""
    person_id: int | None = None
    address: str = ""
    text: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    #: Only entries older than this one.
    before: int | None = None


@dataclass
class Found:
    """A page of the history."""

    rows: list[dict[str, Any]]
    #: ``before`` of the next page, None at the end.
    older: int | None = None
    #: Set when the page ends because enough was looked through, not because it is full.
    looked_to: dt.datetime | None = None
    entries: list[AuditEntry] = field(default_factory=list)


def kinds() -> dict[str, AuditKind]:
    """Every kind of entry that an enabled plugin declares, by name."""
    return {kind.name: kind for _plugin, kind in plugins.collect(asurso_audit_kinds)}


def kind_choices() -> list[tuple[str, str]]:
    """What the filter of kinds offers."""
    named = sorted((str(kind.title), kind.name) for kind in kinds().values())
    return [
        ("", _("Everything that was done")),
        ("all", _("Everything that was done or looked at")),
        ("group:people", _("People and accounts")),
        ("group:security", _("Security")),
        ("group:school", _("School and studies")),
        ("group:reading", _("Who looked at personal data")),
        *((name, title) for title, name in named),
    ]


def page(actor: Actor, filters: Filters) -> Found:
    """One page of the history, newest first; at most eight statements, however long it is."""
    access.require_any(actor, SEE)
    entries, looked_to = _entries(actor, filters, PAGE + 1)
    found = Found(rows=told(actor, entries[:PAGE]), entries=entries[:PAGE])
    if len(entries) > PAGE:
        found.older = entries[PAGE - 1].id
    elif looked_to is not None:
        found.older = looked_to
        at = AuditEntry.select(AuditEntry.at).where(AuditEntry.id >= looked_to)
        row = at.order_by(AuditEntry.id).tuples().first()
        found.looked_to = clock.local(row[0]) if row else None
    return found


def _entries(
    actor: Actor, filters: Filters, limit: int, *, window: int | None = None
) -> tuple[list[AuditEntry], int | None]:
    """Entries that fit, and where the looking stopped if the window ended before the history."""
    narrow, loose = _conditions(filters, deep=rules.particulars(actor) is True)
    lowest, highest = bounds(filters.since, filters.until)
    top = min(
        highest if highest is not None else 2**31 - 1,
        filters.before - 1 if filters.before is not None else 2**31 - 1,
    )
    query = AuditEntry.select()
    for rule in [*narrow, *loose]:
        query = query.where(rule)
    if filters.since is not None:
        query = query.where(AuditEntry.at >= midnight(filters.since))
    if filters.until is not None:
        query = query.where(AuditEntry.at < midnight(filters.until + dt.timedelta(days=1)))
    query = query.where(AuditEntry.id <= top)
    floor = lowest or 0
    reach = window or (TEXT_WINDOW if filters.text.strip() else WINDOW)
    stop = None
    if loose or len(narrow) > 1:
        newest = AuditEntry.select(AuditEntry.id).where(AuditEntry.id <= top)
        row = newest.order_by(AuditEntry.id.desc()).tuples().first()
        begin = (row[0] if row else 0) - reach + 1
        if begin > max(floor, 1):
            stop = floor = begin
    query = query.where(AuditEntry.id >= floor)
    return list(query.order_by(AuditEntry.id.desc()).limit(limit)), stop


def _conditions(filters: Filters, *, deep: bool) -> tuple[list[Any], list[Any]]:
    """Conditions that have an index each, and others."""
    narrow: list[Any] = []
    loose: list[Any] = []
    known = kinds()
    groups = {name: kind.group for name, kind in known.items()}
    if filters.kind in known:
        narrow.append(AuditEntry.kind == filters.kind)
    elif filters.kind.startswith("group:"):
        group = filters.kind.removeprefix("group:")
        loose.append(AuditEntry.kind.in_([name for name, its in groups.items() if its == group]))
    elif filters.kind != "all":
        readings = [name for name, its in groups.items() if its == _READING]
        loose.append(AuditEntry.kind.not_in(readings))
    for column, id_, wanted, people in (
        (AuditEntry.user, filters.user_id, filters.who, _accounts),
        (AuditEntry.person, filters.person_id, filters.person, _persons),
    ):
        if id_ is not None:
            narrow.append(column == id_)
        if wanted.strip():
            ids = people(wanted)
            (narrow if len(ids) == 1 else loose).append(column.in_(ids))
    if filters.address.strip():
        loose.append(AuditEntry.address == filters.address.strip()[:45])
    loose.extend(_holds(word, deep=deep) for word in fold(filters.text).split()[:4])
    return narrow, loose


def _holds(word: str, *, deep: bool) -> Any:
    columns = [AuditEntry.actor_name, AuditEntry.reason, AuditEntry.target]
    # Whoever may not read particulars must not find them out by searching either.
    columns += [AuditEntry.before, AuditEntry.after] if deep else []
    rules_ = [contains(folded(pw.fn.COALESCE(column, "")), word) for column in columns]
    return functools.reduce(operator.or_, rules_)


def _persons(wanted: str) -> list[int]:
    query = Person.select(Person.id)
    for word in fold(wanted).split()[:6]:
        query = query.where(contains(Person.search_text, word))
    found: list[int] = [id_ for (id_,) in query.limit(500).tuples().execute()]
    return found


def _accounts(wanted: str) -> list[int]:
    """Accounts whose login is the wanted one; otherwise those whose name or login holds it."""
    exact = User.get_or_none(User.login_key == fold(wanted).strip())
    if exact is not None:
        return [exact.id]
    query = User.select(User.id).join(Person)
    for word in fold(wanted).split()[:6]:
        query = query.where(contains(Person.search_text, word) | contains(User.login_key, word))
    found: list[int] = [id_ for (id_,) in query.limit(500).tuples().execute()]
    return found


def midnight(day: dt.date) -> dt.datetime:
    """The beginning of a day at school as the naive UTC stamp that columns hold."""
    start = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return start.astimezone(dt.UTC).replace(tzinfo=None)


def bounds(since: dt.date | None, until: dt.date | None) -> tuple[int | None, int | None]:
    """Ids between which all entries of these days lie; a condition on the time is still needed.

    Ids grow with time, but for deeds that were under way at the same moment.
    """
    lowest = highest = None
    if since is not None:
        query = AuditEntry.select(AuditEntry.id).where(AuditEntry.at >= midnight(since))
        row = query.order_by(AuditEntry.at).tuples().first()
        lowest = row[0] - _SLACK if row else 2**31 - 1
    if until is not None:
        end = midnight(until + dt.timedelta(days=1))
        query = AuditEntry.select(AuditEntry.id).where(AuditEntry.at < end)
        row = query.order_by(AuditEntry.at.desc()).tuples().first()
        highest = row[0] + _SLACK if row else -1
    return lowest, highest


# --- in words ------------------------------------------------------------------------------------


def told(actor: Actor, entries: Sequence[Any], *, reading: str = "core.read_log") -> list[Any]:
    """Entries in words: who, what, about whom, what it was and became; three statements.

    Protected particulars are dots for readers who may not see them of that person; of whom they
    are shown is a reading of its own.
    """
    known = kinds()
    roles = people_queries.role_labels()
    ids = sorted({entry.person for entry in entries if entry.person})
    people = {row.id: row.name for row in Person.select().where(Person.id.in_(ids))}
    open_ = rules.sees_particulars(actor, ids)
    shown = [entry.person for entry in entries if entry.person in open_ and _protected(entry)]
    audit.read(actor, reading, "core.log:history", shown)
    return [
        {
            "id": entry.id,
            "at": clock.local(entry.at),
            "who": entry.actor_name,
            "user_id": entry.user,
            "address": entry.address,
            "kind": entry.kind,
            "title": str(known[entry.kind].title) if entry.kind in known else entry.kind,
            "target": entry.target,
            "person": people.get(entry.person or 0, ""),
            "person_id": entry.person,
            "reason": entry.reason or "",
            "changes": _changes(entry, known, roles, open_details=entry.person in open_),
        }
        for entry in entries
    ]


def _protected(entry: Any) -> bool:
    return any(
        isinstance(side, dict) and people_fields.PROTECTED & set(side)
        for side in (entry.before, entry.after)
    )


def _changes(
    entry: Any, known: dict[str, AuditKind], roles: Any, *, open_details: bool
) -> list[tuple[str, str, str]]:
    """``(label, old, new)`` of an entry, whatever shape its owner gave it."""
    kind = known.get(entry.kind)
    if kind is not None and kind.group == "people":
        return people_queries.field_changes(entry, roles, open_details=open_details)
    if kind is not None and kind.group == "security" and isinstance(entry.after, dict):
        # Its reason is shown beside it already.
        words = security_log.details(entry).removesuffix(entry.reason or "").rstrip("; ")
        return [("", "", words)] if words else []
    before, after = entry.before, entry.after
    if not isinstance(before, dict) and not isinstance(after, dict):
        pair = (_plain(before), _plain(after))
        return [("", *pair)] if any(pair) else []
    before = before if isinstance(before, dict) else {}
    after = after if isinstance(after, dict) else {}
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = _plain(before.get(name)), _plain(after.get(name))
        if old == new:
            continue
        if name in people_fields.PROTECTED and not open_details:
            old, new = "•••" if old else "", "•••" if new else ""
        label = "" if name == "value" else str(people_fields.LABELS.get(name, name))
        found.append((label, old, new))
    return found


def _plain(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(one)}" for name, one in value.items())[:500]
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)[:500]
    return str(value)[:500]


# --- exporting -----------------------------------------------------------------------------------


def to_export(actor: Actor, filters: Filters) -> list[AuditEntry]:
    """Entries of a file: those that fit, newest first, without the bound of a page."""
    access.require_any(actor, SEE)
    return _entries(actor, filters, MOST_EXPORTED, window=2**31)[0]


def lines(actor: Actor, entries: Sequence[AuditEntry]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the file; a row a change."""
    head = [
        _("No."), _("When"), _("Who"), _("From where"), _("What"), _("About whom"), _("Field"),
        _("Was"), _("Became"), _("Reason"), _("Object"),
    ]  # fmt: skip
    found = []
    for row in told(actor, entries, reading="core.read_export"):
        begin = [
            str(row["id"]), f"{row['at']:%d.%m.%Y %H:%M:%S}", row["who"], row["address"],
            row["title"], row["person"],
        ]  # fmt: skip
        found += [
            [*begin, *change, row["reason"], row["target"]]
            for change in row["changes"] or [("", "", "")]
        ]
    return head, found


# --- whose data did this account reach -----------------------------------------------------------


def reached(
    actor: Actor,
    *,
    user_id: int | None,
    address: str = "",
    since: dt.date,
    until: dt.date,
    limit: int,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Persons whose data an account, or anybody at an address, read or changed in these days.

    Newest first, without the account's own person; ``read`` and ``done`` count entries of both
    sorts. With neither an account nor an address nobody is found.
    """
    access.require_any(actor, SEE)
    if user_id is None and not address.strip():
        return []
    rule: Any = AuditEntry.person.is_null(False)
    if user_id is not None:
        # One's own signing in and out is nobody else's data.
        own = User.select(User.person).where(User.id == user_id).tuples().first()
        rule &= (AuditEntry.user == user_id) & (AuditEntry.person != (own[0] if own else 0))
    if address.strip():
        rule &= AuditEntry.address == address.strip()[:45]
    query = (
        _in_days(since, until, rule, AuditEntry.person)
        .order_by(pw.SQL("latest").desc(), AuditEntry.person)
        .limit(limit)
        .offset(offset)
    )
    found = list(query.dicts())
    ids = [row["person"] for row in found]
    people = {row.id: row.name for row in Person.select().where(Person.id.in_(ids))}
    about = people_queries.abouts_of(ids)
    return [
        {
            **row,
            "name": people.get(row["person"], ""),
            "about": about.get(row["person"], ""),
            "first": clock.local(_stamp(row["first"])),
            "latest": clock.local(_stamp(row["latest"])),
        }
        for row in found
    ]


def seen_by(
    actor: Actor, person_id: int, *, since: dt.date, until: dt.date, limit: int, offset: int = 0
) -> tuple[Person, list[dict[str, Any]]]:
    """Accounts that read or changed the data of a person in these days, newest first.

    :raises NotThere: there is no such person.
    """
    access.require_any(actor, SEE)
    person = Person.get_or_none(Person.id == person_id) if person_id < 2**31 else None
    if person is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    query = (
        _in_days(
            since, until, AuditEntry.person == person.id, AuditEntry.user, AuditEntry.actor_name
        )
        .order_by(pw.SQL("latest").desc(), AuditEntry.actor_name)
        .limit(limit)
        .offset(offset)
    )
    return person, [
        {
            **row,
            "first": clock.local(_stamp(row["first"])),
            "latest": clock.local(_stamp(row["latest"])),
        }
        for row in query.dicts()
    ]


def _in_days(since: dt.date, until: dt.date, rule: Any, *by: Any) -> Any:
    lowest, highest = bounds(since, until)
    readings = [name for name, kind in kinds().items() if kind.group == _READING]
    is_reading = pw.Case(None, ((AuditEntry.kind.in_(readings), 1),), 0)
    return (
        AuditEntry.select(
            *by,
            pw.fn.MIN(AuditEntry.at).alias("first"),
            pw.fn.MAX(AuditEntry.at).alias("latest"),
            pw.fn.SUM(is_reading).alias("read"),
            (pw.fn.COUNT(AuditEntry.id) - pw.fn.SUM(is_reading)).alias("done"),
        )
        .where(
            rule,
            AuditEntry.id >= (lowest or 0),
            AuditEntry.id <= (highest if highest is not None else 2**31 - 1),
            AuditEntry.at >= midnight(since),
            AuditEntry.at < midnight(until + dt.timedelta(days=1)),
        )
        .group_by(*by)
    )


def _stamp(value: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def accounts_found(wanted: str) -> list[tuple[int, str]]:
    """Accounts that a name or a login may mean: id and «Фамилия Имя (логин)»."""
    if not wanted.strip():
        return []
    ids = _accounts(wanted)[:30]
    query = User.select(User, Person).join(Person).where(User.id.in_(ids))
    return sorted(
        ((user.id, f"{user.person.name} ({user.login})") for user in query), key=lambda one: one[1]
    )


def account_named(user_id: int) -> list[tuple[int, str]]:
    """One account as :func:`accounts_found` gives it; nothing if there is none."""
    user = User.select(User, Person).join(Person).where(User.id == user_id).first()
    return [(user.id, f"{user.person.name} ({user.login})")] if user else []
