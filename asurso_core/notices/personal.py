"""What the notices keep about a person: given out and erased."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.notices.models import Notice, NoticeChoice, NoticeDelivery
from asurso_core.privacy import PersonalData


def _users(person_id: int) -> Any:
    return User.select(User.id).where(User.person == person_id)


def _export(person_id: int) -> dict[str, Any]:
    notices = Notice.select(
        Notice.kind, Notice.about, Notice.title, Notice.text, Notice.created_at, Notice.read_at
    ).where(Notice.person == person_id)
    sent = (
        NoticeDelivery.select(
            Notice.kind, NoticeDelivery.channel, NoticeDelivery.state, NoticeDelivery.reason,
            NoticeDelivery.changed_at,
        ).join(Notice).where(Notice.person == person_id)
    )  # fmt: skip
    choices = NoticeChoice.select(
        NoticeChoice.kind, NoticeChoice.about, NoticeChoice.channel, NoticeChoice.rhythm
    ).where(NoticeChoice.user.in_(_users(person_id)))
    return {
        name: [dict(row) for row in query.dicts()]
        for name, query in (("notices", notices), ("sent", sent), ("choices", choices))
    }


def _erase(person_id: int) -> None:
    Notice.delete().where((Notice.person == person_id) | (Notice.about == person_id)).execute()
    NoticeChoice.delete().where(
        NoticeChoice.user.in_(_users(person_id)) | (NoticeChoice.about == person_id)
    ).execute()


PERSONAL_DATA: list[Any] = [
    PersonalData(name="core.notices", title=_l("Notices"), export=_export, erase=_erase)
]
