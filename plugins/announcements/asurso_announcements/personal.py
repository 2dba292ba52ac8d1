"""What the board keeps of a person: given out whole; erased so that the board stays readable."""

from __future__ import annotations

from typing import Any

from asurso_announcements.models import DRAFT, Announcement, Change, Feed, Reading, Target
from asurso_core import fulltext
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in query.dicts()]


def _export(person_id: int) -> dict[str, Any]:
    return {
        "announcements": _rows(
            Announcement.select(
                Announcement.id, Announcement.title, Announcement.text, Announcement.state,
                Announcement.created_at, Announcement.appears_at, Announcement.ends_on,
                Announcement.deleted_at, Announcement.delete_reason,
            ).where(Announcement.author == person_id).order_by(Announcement.id)
        ),
        "changes": _rows(
            Change.select(Change.announcement, Change.at, Change.before, Change.after)
            .where(Change.author == person_id).order_by(Change.id)
        ),
        "deleted": _rows(
            Announcement.select(Announcement.id, Announcement.deleted_at)
            .where(Announcement.deleted_by == person_id)
        ),
        "read": _rows(
            Reading.select(
                Reading.announcement, Announcement.title, Reading.read_at, Reading.acknowledged_at
            ).join(Announcement).where(Reading.person == person_id).order_by(Reading.id)
        ),
        "written_to": _rows(
            Target.select(Target.announcement).where(Target.key == f"person:{person_id}")
        ),
        "feeds": _rows(Feed.select(Feed.side, Feed.created_at).where(Feed.person == person_id)),
    }  # fmt: skip


def _erase(person_id: int) -> None:
    drafts = Announcement.select(Announcement.id).where(
        Announcement.author == person_id, Announcement.state == DRAFT
    )
    # What nobody else has ever seen goes with its author; what was on the board stays nameless.
    gone = [row.id for row in drafts]
    fulltext.remove("announcements", "announcement", gone)
    Target.delete().where(Target.key == f"person:{person_id}").execute()
    Reading.delete().where(Reading.person == person_id).execute()
    Feed.delete().where(Feed.person == person_id).execute()
    Change.update(author=None).where(Change.author == person_id).execute()
    Announcement.update(deleted_by=None).where(Announcement.deleted_by == person_id).execute()
    Announcement.delete().where(Announcement.id.in_(gone)).execute()
    Announcement.update(author=None).where(Announcement.author == person_id).execute()


PERSONAL_DATA = [
    PersonalData(name="announcements", title=_l("Announcements"), export=_export, erase=_erase)
]
