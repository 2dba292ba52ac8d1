"""Closing study periods and unlocking for a while (features.md 3.7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from asurso_core import access, audit, clock, revisions
from asurso_core.actors import Actor
from asurso_core.db import rows, transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.school import Period, SchoolClass, TeachingGroup
from asurso_journal import permissions, policy
from asurso_journal.models import PeriodClosing, Unlock

#: The longest time for which marks can be unlocked at once.
LONGEST = dt.timedelta(days=31)


def _classes(actor: Actor, period: Period, class_ids: Sequence[int]) -> list[SchoolClass]:
    found = [access.find(actor, permissions.CLOSE, SchoolClass, id_) for id_ in class_ids]
    for one in found:
        if one.period_type_id != period.period_type_id:
            raise Invalid(_("%(name)s does not learn by these study periods.", name=one.title))
    if not found:
        raise Invalid(_("Choose the classes."))
    return found


def _period(period_id: int) -> Period:
    period: Period | None = Period.get_or_none(Period.id == period_id)
    if period is None:
        raise Invalid(_("Choose a study period."))
    return period


def close_period(actor: Actor, period_id: int, class_ids: Sequence[int]) -> int:
    """Close a study period for classes with the rules of today; returns how many were closed.

    Closed marks change only by an unlocking. What is closed already stays as it is.

    :raises Invalid: the period has not ended, or a class does not learn by it.
    :raises NotThere: a class is not there, or its year is closed.
    """
    with transaction():
        period = _period(period_id)
        found = _classes(actor, period, class_ids)
        if clock.today() < period.ends:
            raise Invalid(
                _("«%(title)s» ends on %(day)s: it can be closed from that day on.",
                  title=period.title, day=period.ends.strftime("%d.%m.%Y"))
            )  # fmt: skip
        closed = 0
        for one in found:
            there = PeriodClosing.select().where(
                PeriodClosing.period == period, PeriodClosing.school_class == one
            )
            if there.exists():
                continue
            PeriodClosing.create(
                period=period, school_class=one, closed_at=clock.stamp(),
                closed_by=actor.user_id, rules=policy.final_rules().as_json(),
            )  # fmt: skip
            closed += 1
            _tell(actor, period, one, {"closed": True})
    return closed


def reopen_period(actor: Actor, period_id: int, class_ids: Sequence[int], reason: str) -> int:
    """Open a closed study period again; returns for how many classes.

    :raises Invalid: no reason was given.
    """
    reason = _reason(reason)
    with transaction():
        period = _period(period_id)
        opened = 0
        for one in _classes(actor, period, class_ids):
            gone = PeriodClosing.delete().where(
                PeriodClosing.period == period, PeriodClosing.school_class == one
            )
            if gone.execute():
                opened += 1
                _tell(actor, period, one, {"closed": False}, reason)
    return opened


def _tell(
    actor: Actor, period: Period, one: SchoolClass, after: dict[str, bool], reason: str = ""
) -> None:
    audit.record(
        actor, "journal.period_closed", f"journal.period:{period.id}:{one.id}",
        before={"closed": not after["closed"]},
        after={**after, "period": period.title, "class": one.title}, reason=reason or None,
    )  # fmt: skip
    for (group,) in rows(
        "SELECT group_id FROM core_group_class WHERE school_class_id = ?", [one.id]
    ):
        revisions.bump(f"group:{group}")


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or "\x00" in reason or len(reason) > 255:
        raise Invalid(fields={"reason": [_("Write why, in at most 255 characters.")]})
    return reason


# --- unlocking -----------------------------------------------------------------------------------


def unlock(
    actor: Actor, teacher_id: int, *, until: dt.datetime, reason: str,
    group_id: int | None = None, period_id: int | None = None,
) -> Unlock:  # fmt: skip
    """Let a teacher change closed or bygone marks until a moment (UTC); audited with the reason.

    It gives no right over other groups: only the passing of time is set aside.

    :raises Invalid: no reason, a moment in the past or more than a month ahead, nobody chosen.
    """
    access.require_any(actor, permissions.CLOSE)
    reason = _reason(reason)
    now = clock.stamp()
    if not now < until <= now + LONGEST:
        raise Invalid(fields={"until": [_("Choose a moment within the next 31 days.")]})
    with transaction():
        if not rows("SELECT 1 FROM core_group_teacher WHERE teacher_id = ?", [teacher_id]):
            raise Invalid(fields={"teacher": [_("Choose a teacher.")]})
        if group_id is not None:
            access.find(actor, permissions.CLOSE, TeachingGroup, group_id)
        if period_id is not None:
            _period(period_id)
        made: Unlock = Unlock.create(
            teacher=teacher_id, group=group_id, period=period_id, until=until, reason=reason,
            given_at=now, given_by=actor.user_id,
        )  # fmt: skip
        audit.record(
            actor, "journal.unlocked", f"journal.unlock:{made.id}", person=teacher_id,
            after={"group": group_id, "period": period_id, "until": until.isoformat()},
            reason=reason,
        )  # fmt: skip
        _bump(teacher_id)
    return made


def end_unlock(actor: Actor, unlock_id: int) -> None:
    """End an unlocking before its time; ending it twice changes nothing."""
    access.require_any(actor, permissions.CLOSE)
    with transaction():
        row = Unlock.get_or_none(Unlock.id == unlock_id, Unlock.ended_at.is_null())
        if row is None:
            return
        row.ended_at = clock.stamp()
        row.save()
        audit.record(
            actor, "journal.unlocked", f"journal.unlock:{row.id}", person=row.teacher_id,
            before={"ended": False}, after={"ended": True},
        )  # fmt: skip
        _bump(row.teacher_id)


def _bump(teacher_id: int) -> None:
    """The pages of the teacher's journals are to be drawn anew."""
    sql = """
        SELECT DISTINCT t.group_id FROM core_group_teacher t
          JOIN core_teaching_group g ON g.id = t.group_id
          JOIN core_academic_year y ON y.id = g.year_id AND y.state <> 'closed'
         WHERE t.teacher_id = ?
    """
    for (group,) in rows(sql, [teacher_id]):
        revisions.bump(f"group:{group}")
