"""The chain over the audit: every entry is sealed by a hash of itself and of the one before it.

Entries are written unsealed and quickly; :func:`seal` chains what is new a little later, in the
order of ids. docs/developers/audit.md says why, and what this can and cannot show.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import peewee as pw

from asurso_core import clock, plugins
from asurso_core.db import Record, as_stamp, db, is_sqlite, put_rows, rows, transaction
from asurso_core.guards import append_only
from asurso_core.hookspecs.collect import asurso_audit_witnesses
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext


class AuditLink(Record):
    """A link of the chain. ``id`` is its place, counted from 1 without a gap."""

    entry = pw.IntegerField(unique=True)  # a plain number: a removed entry must leave its link
    digest = pw.CharField(64)


append_only("core", "core_audit_entry")
append_only("core", "core_audit_link")

_COLUMNS = (
    "e.id, e.at, e.\"user\", e.actor_name, e.side, e.address, e.kind, e.target, e.person, "
    "e.before, e.after, e.reason, e.operation"
)  # fmt: skip
#: Entries that one transaction seals: while it lasts, no mark is saved.
BATCH = 300
#: A head is written down no more often than this, unless somebody asks.
HEAD_SECONDS = 600
_HEAD = re.compile(r"^\S+ (\d+) ([0-9a-f]{64})$")


def digest_of(before: str, row: Sequence[Any]) -> str:
    """The hash of an entry (its columns in the order of the table) after the hash before it.

    The same on both engines, so that a school that moves from one to the other keeps its chain.
    """
    id_, at, *rest = row
    content = json.dumps(
        [id_, as_stamp(at).isoformat(), *rest], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(f"{before}\n{content}".encode()).hexdigest()


# --- sealing -------------------------------------------------------------------------------------


def seal(heads: Path | None = None, *, now: bool = False) -> int:
    """Chain every entry that is not sealed yet; returns how many there were.

    ``heads`` is the file that remembers the head of the chain outside the database (see
    :func:`heads_file`); it is written at most every ten minutes unless ``now``. Raises
    :class:`asurso_core.errors.Unavailable` when writers do not make room; try again later.
    """
    total = 0
    while True:
        done = _seal_some()
        total += done
        if done < BATCH:
            break
    # A head is told only when it cannot be rolled back any more.
    if heads is not None and not db.in_transaction():
        _write_head(heads, now=now)
    return total


def _seal_some() -> int:
    if not rows(
        "SELECT 1 FROM core_audit_entry WHERE id > "
        "(SELECT COALESCE(MAX(entry), 0) FROM core_audit_link) LIMIT 1"
    ):
        return 0
    with transaction():
        if not is_sqlite():
            # Waits for deeds under way and holds up new ones for a moment: afterwards no entry
            # with a smaller id can appear. Who must wait longer than this comes again later.
            db.execute_sql("SET LOCAL lock_timeout = '200ms'")
            db.execute_sql("LOCK TABLE core_audit_entry IN SHARE ROW EXCLUSIVE MODE")
        place, last, digest = head()
        found = rows(
            f"SELECT {_COLUMNS} FROM core_audit_entry e WHERE e.id > ? ORDER BY e.id LIMIT ?",  # noqa: S608 - our own names
            [last, BATCH],
        )
        links = []
        for row in found:
            place += 1
            digest = digest_of(digest, row)
            links.append((place, row[0], digest))
        put_rows(AuditLink, ("id", "entry", "digest"), links)
    return len(found)


def head() -> tuple[int, int, str]:
    """Place, entry and hash of the last link; zeros and nothing for an empty chain."""
    found = rows("SELECT id, entry, digest FROM core_audit_link ORDER BY id DESC LIMIT 1")
    return (found[0][0], found[0][1], found[0][2]) if found else (0, 0, "")


def unsealed() -> tuple[int, Any]:
    """How many entries wait for their seal, and the time of the oldest of them."""
    ((number, oldest),) = rows(
        "SELECT COUNT(*), MIN(at) FROM core_audit_entry WHERE id > "
        "(SELECT COALESCE(MAX(entry), 0) FROM core_audit_link)"
    )
    return number, as_stamp(oldest)


# --- heads kept outside the database -------------------------------------------------------------


def heads_file(instance: Path) -> Path:
    """Where an instance remembers heads of its chain: a line a head, only ever added to."""
    return instance / "audit.heads"


def begin(heads: Path, reason: str) -> None:
    """Say that from here on the database is another one: a new school, or a restored backup.

    Heads written before are not asked for any more; the line itself stays in the file.
    """
    place, _entry, digest = head()
    _append(heads, f"# {clock.stamp().isoformat()} {place} {' '.join(reason.split())}")
    if place:
        _append(heads, f"{clock.stamp().isoformat()} {place} {digest}")


def _write_head(heads: Path, *, now: bool) -> None:
    if not now and heads.exists() and time.time() - heads.stat().st_mtime < HEAD_SECONDS:
        return
    place, _entry, digest = head()
    told = remembered(heads)
    if place and (not told or told[-1] != (place, digest)):
        _append(heads, f"{clock.stamp().isoformat()} {place} {digest}")


def _append(heads: Path, line: str) -> None:
    handle = os.open(heads, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(f"{line}\n")


def remembered(heads: Path) -> list[tuple[int, str]]:
    """Heads of the present database, oldest first: place and hash."""
    if not heads.exists():
        return []
    found: list[tuple[int, str]] = []
    for line in heads.read_text("utf-8", errors="replace").splitlines():
        if line.startswith("#"):
            found = []
        elif told := _HEAD.match(line):
            found.append((int(told[1]), told[2]))
    return found


# --- verifying -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """One thing that is not as the program left it.

    ``kind`` is ``changed``, ``missing``, ``inserted``, ``reordered``, ``link``, ``cut``,
    ``contradicted`` or ``unrecorded``; ``entry`` is the entry it is about, if there is one.
    """

    kind: str
    entry: int | None
    text: str


@dataclass
class Report:
    """What :func:`verify` found."""

    links: int = 0
    waiting: int = 0
    judged: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: str, entry: int | None, text: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(kind, entry, text))


def verify(heads: Path | None = None, *, last: int | None = None) -> Report:
    """Compare every sealed entry with its link, and the chain with the heads outside.

    ``last`` looks only at so many links at the end, for a quick look.
    """
    report = Report()
    place, newest, _digest = head()
    report.links, report.waiting = place, unsealed()[0]
    start = max(0, place - last) if last is not None else 0
    _verify_links(report, start, place)
    _verify_unlinked(report, start, newest)
    if heads is not None:
        _verify_heads(report, heads)
    return report


def _verify_links(report: Report, start: int, end: int) -> None:
    before = {""} if start == 0 else _digests_at(start)
    expected, previous = start + 1, 0
    changed: list[tuple[str, tuple[Any, ...]]] = []
    for link, entry, digest, *row in _linked(start, end):
        if link != expected:
            report.add(
                "link", None,
                _("Links %(first)s–%(last)s of the chain are missing.",
                  first=expected, last=link - 1),
            )  # fmt: skip
        if entry < previous:
            report.add(
                "reordered",
                entry,
                _("Entry %(id)s stands at a wrong place of the chain.", id=entry),
            )
        computed = set()
        if row[0] is None:
            report.add("missing", entry, _("Entry %(id)s is gone.", id=entry))
        else:
            # Where the link before was touched, the hash worked out for it still fits.
            computed = {digest_of(one, row) for one in before}
            if link == expected and digest not in computed:
                changed.append((digest, (*sorted(before), tuple(row))))
        before = {digest} | (computed if len(computed) < 3 else set())
        expected, previous = link + 1, entry
    if expected <= end:
        report.add(
            "link", None,
            _("Links %(first)s–%(last)s of the chain are missing.", first=expected, last=end),
        )  # fmt: skip
    _tell_changed(report, changed)


def _digests_at(place: int) -> set[str]:
    return {one for (one,) in rows("SELECT digest FROM core_audit_link WHERE id = ?", [place])}


def _linked(start: int, end: int) -> Iterator[tuple[Any, ...]]:
    while start < end:
        found = rows(
            f"SELECT l.id, l.entry, l.digest, {_COLUMNS} FROM core_audit_link l "  # noqa: S608 - our own names
            "LEFT JOIN core_audit_entry e ON e.id = l.entry "
            "WHERE l.id > ? AND l.id <= ? ORDER BY l.id LIMIT 2000",
            [start, end],
        )
        if not found:
            return
        yield from found
        start = found[-1][0]


def _tell_changed(report: Report, changed: list[tuple[str, tuple[Any, ...]]]) -> None:
    """Entries that do not fit: exchanged with one another, or changed in themselves."""
    contents = [told[-1] for _digest, told in changed][:300]
    for digest, (*before, row) in changed:
        whose = next(
            (
                other[0]
                for other in contents
                if other[0] != row[0]
                and any(digest_of(one, (row[0], *other[1:])) == digest for one in before)
            ),
            None,
        )
        if whose is not None:
            report.add(
                "reordered", row[0],
                _("Entry %(id)s was exchanged with entry %(other)s.", id=row[0], other=whose),
            )  # fmt: skip
        else:
            report.add("changed", row[0], _("Entry %(id)s was changed.", id=row[0]))


def _verify_unlinked(report: Report, start: int, newest: int) -> None:
    """Ids up to the head were all there when they were sealed: whatever has no link came later."""
    first = -(2**31)
    if start:
        found = rows("SELECT entry FROM core_audit_link WHERE id = ?", [start])
        first = found[0][0] if found else first
    for (id_,) in rows(
        "SELECT e.id FROM core_audit_entry e WHERE e.id > ? AND e.id <= ? "
        "AND NOT EXISTS (SELECT 1 FROM core_audit_link l WHERE l.entry = e.id) ORDER BY e.id",
        [first, newest],
    ):
        report.add(
            "inserted", id_,
            _("Entry %(id)s has no link: it was put in between, or its link was taken away.",
              id=id_),
        )  # fmt: skip


def _verify_heads(report: Report, heads: Path) -> None:
    told = remembered(heads)
    if not told:
        report.notes.append(
            _("No head of the chain is remembered outside the database: a cut-off end of the "
              "chain would not be noticed.")
        )  # fmt: skip
        return
    stands: dict[int, str] = {}
    places = [one for one, _digest in told]
    for start in range(0, len(places), 500):
        stands.update(
            rows(
                "SELECT id, digest FROM core_audit_link WHERE id IN ?",
                [places[start : start + 500]],
            )
        )
    for one, digest in told:
        if stands.get(one) != digest:
            report.add(
                "cut", None,
                _("The chain has been cut or written anew: its head at place %(place)s is not the "
                  "one that was remembered. After restoring a backup run: asurso audit restored",
                  place=one),
            )  # fmt: skip
            return


# --- witnesses: do the data say what their newest entry says? ------------------------------------


@dataclass(frozen=True, kw_only=True)
class Witness:
    """How an owner's rows are compared with the audit; from ``asurso_audit_witnesses``.

    ``kind`` is the kind of entries whose ``after`` tells what stands under a target.
    ``stands(targets)`` gives what stands there now, in the same shape; a target that is left out
    is not judged. ``held(after)`` gives some targets that hold something now, sorted, beginning
    after a target ("" for the first), and an empty list at the end.
    """

    name: str
    title: Any
    kind: str
    stands: Callable[[Sequence[str]], Mapping[str, Any]]
    held: Callable[[str], Sequence[str]]


def verify_witnesses(report: Report, *, invented: bool = False) -> None:
    """Find rows that were changed behind the program's back.

    ``invented`` is for a demonstration school, whose first rows have no entries: they are counted
    in a note then, not as faults.
    """
    for _plugin, witness in plugins.collect(asurso_audit_witnesses):
        _contradicted(report, witness)
        _unrecorded(report, witness, invented=invented)


def _contradicted(report: Report, witness: Witness) -> None:
    after = ""
    while True:
        newest = rows(
            "SELECT target, MAX(id) FROM core_audit_entry WHERE kind = ? AND target > ? "
            "GROUP BY target ORDER BY target LIMIT 1000",
            [witness.kind, after],
        )
        if not newest:
            return
        after = newest[-1][0]
        told = _afters([id_ for _target, id_ in newest])
        stands = witness.stands([target for target, _id in newest])
        for target, id_ in newest:
            if target not in stands:
                continue
            report.judged += 1
            if stands[target] != told[id_]:
                report.add(
                    "contradicted", id_,
                    _("%(what)s %(target)s: there stands %(now)s, entry %(id)s says %(told)s.",
                      what=str(witness.title), target=target, now=_shown(stands[target]), id=id_,
                      told=_shown(told[id_])),
                )  # fmt: skip


def _afters(ids: list[int]) -> dict[int, Any]:
    return {
        id_: json.loads(text) if text is not None else None
        for id_, text in rows("SELECT id, after FROM core_audit_entry WHERE id IN ?", [ids])
    }


def _unrecorded(report: Report, witness: Witness, *, invented: bool) -> None:
    after, count = "", 0
    while targets := witness.held(after):
        after = targets[-1]
        recorded = {
            target
            for (target,) in rows(
                "SELECT DISTINCT target FROM core_audit_entry WHERE target IN ? AND kind = ?",
                [list(targets), witness.kind],
            )
        }
        for target in targets:
            if target in recorded:
                continue
            count += 1
            if not invented:
                report.add(
                    "unrecorded", None,
                    _("%(what)s %(target)s holds something that no entry speaks of.",
                      what=str(witness.title), target=target),
                )  # fmt: skip
    if invented and count:
        report.notes.append(
            f"{witness.title}: "
            + ngettext(
                "%(num)s place of the demonstration school has no entry.",
                "%(num)s places of the demonstration school have no entry.",
                count,
            )
        )


def _shown(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"value"}:
        value = value["value"]
    return f"«{value}»" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def faults_by_kind(faults: Iterable[Fault]) -> dict[str, int]:
    """How many faults of each kind."""
    found: dict[str, int] = {}
    for fault in faults:
        found[fault.kind] = found.get(fault.kind, 0) + 1
    return found
