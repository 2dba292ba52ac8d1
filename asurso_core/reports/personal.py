"""Which kept reports and favourites are somebody's."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_core.reports.models import ReportFavourite, ReportSnapshot


def _export(person_id: int) -> dict[str, Any]:
    users = User.select(User.id).where(User.person == person_id)
    kept = ReportSnapshot.select(
        ReportSnapshot.report, ReportSnapshot.title, ReportSnapshot.made_at, ReportSnapshot.state,
        ReportSnapshot.reason,
    ).where(ReportSnapshot.author.in_(users) | ReportSnapshot.reviewer.in_(users))  # fmt: skip
    favourite = ReportFavourite.select(ReportFavourite.report).where(
        ReportFavourite.user.in_(users)
    )
    return {
        "reports": [dict(row) for row in kept.dicts()],
        "favourites": [row.report for row in favourite],
    }


def _erase(person_id: int) -> None:
    users = User.select(User.id).where(User.person == person_id)
    ReportFavourite.delete().where(ReportFavourite.user.in_(users)).execute()
    ReportSnapshot.update(author=None).where(ReportSnapshot.author.in_(users)).execute()
    ReportSnapshot.update(reviewer=None).where(ReportSnapshot.reviewer.in_(users)).execute()


PERSONAL_DATA = [
    PersonalData(name="core.reports", title=_l("Reports"), export=_export, erase=_erase)
]
