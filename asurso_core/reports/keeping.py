"""Kept reports: snapshots with a digest, handed in, returned, accepted; results of long ones."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, outbox, settings
from asurso_core.actors import Actor
from asurso_core.db import as_stamp, rows, transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.reports import catalogue
from asurso_core.reports.documents import Document, Report, digest
from asurso_core.reports.models import ReportSnapshot
from asurso_core.reports.packing import packed
from asurso_core.reports.params import are_offered
from asurso_core.reports.permissions import ACCEPT, SUBMIT

RESULT, KEPT, SUBMITTED, RETURNED, ACCEPTED = (
    "result", "kept", "submitted", "returned", "accepted"
)  # fmt: skip
#: How long the result of a long report waits for who asked for it.
PATIENCE = dt.timedelta(days=7)
_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")


def as_address(params: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as an address carries them; what is empty is left out."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else str(value)
        for name, value in params.items()
        if value not in {None, ""}
    }


def keep(
    actor: Actor, report: Report, document: Document, params: Mapping[str, Any], *,
    state: str = KEPT,
) -> ReportSnapshot:  # fmt: skip
    """Keep a document as it is now.

    :raises Refused: the actor may not keep reports.
    """
    if state != RESULT:
        access.require_any(actor, SUBMIT)
    told = packed(document)
    with transaction():
        row: ReportSnapshot = ReportSnapshot.create(
            code=secrets.token_urlsafe(18), report=report.name, title=str(document.title)[:255],
            params=as_address(params), content=told, digest=digest(told), author=actor.user_id,
            made_at=clock.stamp(), state=state,
        )  # fmt: skip
        if state != RESULT:
            audit.record(
                actor, "core.report_kept", f"core.report:{row.id}",
                after={"report": report.name, "digest": row.digest},
            )  # fmt: skip
    return row


def snapshot(actor: Actor, snapshot_id: int) -> ReportSnapshot:
    """A kept report: of the actor, or handed in where the actor may accept.

    Of one's own the right to the report is asked again, and whether its class, pupil or teacher is
    still among those that one may choose: who leads a class no more reads its reports no more.

    :raises NotThere: no such one, or it is not open to the actor.
    """
    row: ReportSnapshot | None = ReportSnapshot.get_or_none(ReportSnapshot.id == snapshot_id)
    own = row is not None and row.author_id == actor.user_id and actor.user_id is not None
    handed = row is not None and row.state in {SUBMITTED, RETURNED, ACCEPTED}
    accepts = handed and actor.holds(ACCEPT)
    if row is None or not (own or accepts):
        raise NotThere(_("There is no such page, or it is not open to you."))
    if not accepts and not are_offered(actor, catalogue.find(actor, row.report), row.params):
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


def author_of(row: ReportSnapshot) -> str:
    """The name of whoever made a kept report, empty where the person was erased."""
    sql = """
        SELECT p.surname, p.given_name, p.patronymic
          FROM core_user u JOIN core_person p ON p.id = u.person_id WHERE u.id = ?
    """
    found = rows(sql, [row.author_id or 0])
    return " ".join(part for part in found[0] if part) if found else ""


def of_actor(actor: Actor, limit: int = 50, report: str = "") -> list[ReportSnapshot]:
    """The actor's own kept reports and results, the newest first, without their contents."""
    of_report = ReportSnapshot.report == report if report else pw.SQL("1 = 1")
    fields = [
        field for name, field in ReportSnapshot._meta.fields.items()  # noqa: SLF001 - peewee's place
        if name != "content"
    ]  # fmt: skip
    return list(
        ReportSnapshot.select(*fields)
        .where(ReportSnapshot.author == (actor.user_id or 0), of_report)
        .order_by(ReportSnapshot.id.desc())
        .limit(limit)
    )


def adopt(actor: Actor, snapshot_id: int) -> None:
    """Keep the result of a long report, so that it is not forgotten after some days.

    :raises Refused: the actor may not keep reports, or it is no result that waits.
    """
    access.require_any(actor, SUBMIT)
    with transaction():
        row = snapshot(actor, snapshot_id)
        changed = (
            ReportSnapshot.update(state=KEPT)
            .where(ReportSnapshot.id == row.id, ReportSnapshot.state == RESULT)
            .execute()
        )
        if not changed or row.author_id != actor.user_id:
            raise Refused(_("This report is kept already."))
        audit.record(
            actor, "core.report_kept", f"core.report:{row.id}",
            after={"report": row.report, "digest": row.digest},
        )  # fmt: skip


def submit(actor: Actor, snapshot_id: int) -> None:
    """Hand a kept report in; one that was returned is handed in anew as a new snapshot.

    The result of a long report is kept by it first.

    :raises Refused: it is handed in already, or is no report that is handed in.
    """
    access.require_any(actor, SUBMIT)
    with transaction():
        row = snapshot(actor, snapshot_id)
        if row.state == RESULT and row.author_id == actor.user_id:
            adopt(actor, snapshot_id)
            row.state = KEPT
        if row.author_id != actor.user_id or row.state != KEPT:
            raise Refused(_("Only a kept report of one's own can be handed in, and once."))
        if not catalogue.find(actor, row.report).submit:
            raise Refused(_("This report is not one that is handed in."))
        _move(actor, row, KEPT, SUBMITTED)


def review(actor: Actor, snapshot_id: int, *, accepted: bool, reason: str = "") -> None:
    """Accept a report that was handed in, or return it with a reason.

    :raises Conflict: somebody decided before.
    :raises Invalid: it is returned without a reason.
    """
    access.require_any(actor, ACCEPT)
    reason = reason.strip()
    if not accepted and (not reason or len(reason) > 500 or "\x00" in reason):
        raise Invalid(fields={"reason": [_("Write what is to be mended.")]})
    with transaction():
        row = snapshot(actor, snapshot_id)
        if accepted:
            _move(actor, row, SUBMITTED, ACCEPTED)
        else:
            _move(actor, row, SUBMITTED, RETURNED, reason)


def _move(actor: Actor, row: ReportSnapshot, old: str, new: str, reason: str = "") -> None:
    changed = (
        ReportSnapshot.update(
            state=new, state_at=clock.stamp(), reason=reason or None,
            reviewer=actor.user_id if old == SUBMITTED else None,
        )
        .where(ReportSnapshot.id == row.id, ReportSnapshot.state == old)
        .execute()
    )  # fmt: skip
    if not changed:
        raise Conflict(_("Somebody has decided on this report before."))
    audit.record(
        actor, "core.report_moved", f"core.report:{row.id}", before={"state": old},
        after={"state": new}, reason=reason or None,
    )  # fmt: skip
    outbox.put("core.report_moved", snapshot=row.id, state=new)


# --- what the deputy looks at --------------------------------------------------------------------


@dataclass(frozen=True)
class Handed:
    """A report that was handed in."""

    id: int
    report: str
    title: str
    author: str
    at: dt.datetime
    state: str
    reason: str


def handed_in(actor: Actor, limit: int = 200) -> list[Handed]:
    """Reports that were handed in: those that wait for a decision first; one statement."""
    access.require_any(actor, ACCEPT)
    sql = """
        SELECT s.id, s.report, s.title, COALESCE(p.surname || ' ' || p.given_name, ''),
               s.state_at, s.state, COALESCE(s.reason, '')
          FROM core_report_snapshot s
          LEFT JOIN core_user u ON u.id = s.author_id
          LEFT JOIN core_person p ON p.id = u.person_id
         WHERE s.state IN ('submitted', 'returned', 'accepted')
         ORDER BY CASE WHEN s.state = 'submitted' THEN 0 ELSE 1 END, s.id DESC LIMIT ?
    """
    return [
        Handed(id_, report, title, author, clock.local(as_stamp(at)), state, reason)
        for id_, report, title, author, at, state, reason in rows(sql, [limit])
    ]


def by_code(code: str) -> dict[str, Any]:
    """What the page of verification tells: title, moment, digest; nothing of the contents.

    ``whole`` says whether what is kept still has the digest that was written at first.

    :raises NotThere: no report has this code.
    """
    row = ReportSnapshot.get_or_none(ReportSnapshot.code == code) if _CODE.match(code) else None
    if row is None or row.state == RESULT:
        raise NotThere(_("No report of this school has this code."))
    return {
        "id": row.id, "title": row.title, "made_at": clock.local(row.made_at),
        "digest": row.digest, "whole": digest(row.content) == row.digest, "state": row.state,
    }  # fmt: skip


def forget_old() -> int:
    """Forget results of long reports that nobody fetched in time."""
    over = clock.stamp() - PATIENCE
    with transaction():
        return int(
            ReportSnapshot.delete()
            .where(ReportSnapshot.state == RESULT, ReportSnapshot.made_at < over)
            .execute()
        )


def forget_expired(actor: Actor, most: int = 500) -> int:
    """Forget kept reports whose term is over, at most so many; returns how many went.

    The term is the school's setting ``years``, counted from the day of making. What was handed in
    and waits for a decision stays however old it is. Each one leaves an entry with its digest.
    """
    years = int(settings.get("core.reports", "years"))
    if not years:
        return 0
    now = clock.stamp()
    over = now - dt.timedelta(days=365 * years + years // 4)
    with transaction():
        gone = list(
            ReportSnapshot.select(
                ReportSnapshot.id, ReportSnapshot.report, ReportSnapshot.title,
                ReportSnapshot.digest, ReportSnapshot.made_at,
            )
            .where(
                ReportSnapshot.state.in_([KEPT, RETURNED, ACCEPTED]), ReportSnapshot.made_at < over
            )
            .order_by(ReportSnapshot.id)
            .limit(most)
        )  # fmt: skip
        for row in gone:
            audit.record(
                actor, "core.report_forgotten", f"core.report:{row.id}",
                before={"report": row.report, "title": row.title, "digest": row.digest,
                        "made_at": as_stamp(row.made_at).isoformat()},
            )  # fmt: skip
        ReportSnapshot.delete().where(ReportSnapshot.id.in_([row.id for row in gone])).execute()
    return len(gone)
