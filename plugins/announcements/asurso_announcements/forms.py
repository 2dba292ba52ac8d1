"""Shapes of the forms of the board."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    SelectMultipleField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Length, Optional

from asurso_announcements.models import Announcement
from asurso_announcements.services.writing import LONGEST
from asurso_core import clock
from asurso_core.forms import DateField, Form, TextField, VersionedForm, no_nul
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import lazy_pgettext as _lp

_HELP = _l(
    "An empty line begins a new paragraph. **bold**, *italic*, a line with - in front is an item "
    "of a list, [words](https://…) a link."
)
#: So many days an announcement stays on the board unless its author says otherwise.
USUAL_DAYS = 30


class _Sent(SelectMultipleField):
    """Values of boxes as they were sent; what they may be is for the service to judge."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)


class AnnouncementForm(VersionedForm):
    """An announcement: what it says, for whom, when and how."""

    title = TextField(_lp("announcement", "Title"), longest=200, required=True)
    text = TextAreaField(_l("Text"), [Optional(), Length(max=LONGEST), no_nul], description=_HELP)
    files = MultipleFileField(_l("Add files"))
    drop = _Sent(_l("Take away"))
    appears_on = DateField(_l("Appears on"))
    appears_at = TimeField(_l("at"), [Optional()])
    ends_on = DateField(_l("Last day on the board"))
    urgent = BooleanField(_l("Urgent"))
    must_acknowledge = BooleanField(_l("Everybody has to acknowledge it"))
    pinned = BooleanField(_l("Pinned: stands first on the board"))
    anew = BooleanField(_l("An important change: everybody has to read it again"))
    keys = _Sent(_l("For whom"))
    who = TextField(_l("Find a person by surname and name"), longest=100)
    op = HiddenField(validators=[Optional(), Length(max=40), no_nul])

    @property
    def moment(self) -> dt.datetime | None:
        """When it shall appear, as it is stored; None: at once. Without an hour at 8 o'clock."""
        if self.appears_on.data is None:
            return None
        at = dt.datetime.combine(
            self.appears_on.data, self.appears_at.data or dt.time(8), tzinfo=clock.zone()
        )
        return at.astimezone(dt.UTC).replace(tzinfo=None)

    @property
    def dropped(self) -> list[int]:
        """Ids of files to take away."""
        return [
            int(one) for one in self.drop.data or []
            if one.isascii() and one.isdecimal() and len(one) < 10
        ]  # fmt: skip


def shown(row: Announcement | None, keys: list[str], op: str) -> dict[str, Any]:
    """What the form holds before anything was typed: an announcement, or a new one."""
    if row is None:
        return {
            "keys": keys,
            "op": op,
            "ends_on": clock.today() + dt.timedelta(days=USUAL_DAYS),
        }
    at = clock.local(row.appears_at) if row.appears_at is not None else None
    return {
        "title": row.title,
        "text": row.text,
        "keys": keys,
        "appears_on": at.date() if at else None,
        "appears_at": at.time() if at else None,
        "ends_on": row.ends_on,
        "urgent": row.urgent,
        "must_acknowledge": row.must_acknowledge,
        "pinned": row.pinned,
        "version": row.version,
    }


class ReasonForm(Form):
    """Why something is taken away."""

    reason = TextField(_l("Reason"), longest=255)
