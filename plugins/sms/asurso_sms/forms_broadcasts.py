"""Shapes of what is typed about broadcasts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import BooleanField, SelectField, SelectMultipleField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from asurso_core import clock
from asurso_core.forms import DateField, TextField, VersionedForm, no_nul
from asurso_core.i18n import lazy_gettext as _l
from asurso_sms import history, texts
from asurso_sms.models import Broadcast
from asurso_sms.services.broadcasts import KINDS, Content


class _Sent(SelectMultipleField):
    """Values of boxes as they were sent; what they may be is for the service to judge."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)


def _kinds() -> list[tuple[str, Any]]:
    return [(name, history.KINDS[name]) for name in KINDS]


def _text(label: Any) -> TextAreaField:
    return TextAreaField(label, [InputRequired(), Length(max=texts.LONGEST), no_nul])


class BroadcastForm(VersionedForm):
    """A broadcast: what it says, to whom, when."""

    kind = SelectField(_l("What about"), choices=_kinds, default="meeting")
    text = _text(_l("Text"))
    day = DateField(_l("Day for the field {дата}"))
    keys = _Sent(_l("To whom"))
    who = TextField(_l("Find a person by surname and name"), longest=100)
    at_day = DateField(_l("Send on"))
    at_time = TimeField(_l("At what time"), [Optional()])
    urgent = BooleanField(_l("Urgent: also in the quiet hours"))

    @property
    def content(self) -> Content:
        """What was typed."""
        return Content(
            kind=self.kind.data or "", text=self.text.data or "",
            keys=[key for key in self.keys.data or [] if isinstance(key, str)],
            day=self.day.data, at=self._moment(), urgent=bool(self.urgent.data),
        )  # fmt: skip

    def _moment(self) -> dt.datetime | None:
        """The chosen moment as it is stored; without an hour at nine o'clock."""
        if self.at_day.data is None:
            return None
        at = dt.datetime.combine(
            self.at_day.data, self.at_time.data or dt.time(9), tzinfo=clock.zone()
        )
        return at.astimezone(dt.UTC).replace(tzinfo=None)


def shown(row: Broadcast, keys: list[str]) -> dict[str, Any]:
    """What the form of a draft holds before anything was typed."""
    at = clock.local(row.wanted_at) if row.wanted_at is not None else None
    return {
        "kind": row.kind, "text": row.text, "day": row.day, "keys": keys, "urgent": row.urgent,
        "at_day": at.date() if at else None, "at_time": at.time() if at else None,
        "version": row.version,
    }  # fmt: skip


def counted(body: Any) -> Content:
    """What a script asks to be counted; nonsense is an empty text."""
    given = body if isinstance(body, dict) else {}
    text, keys = given.get("text"), given.get("keys")
    return Content(
        kind="other",
        text=text.replace("\x00", "") if isinstance(text, str) else "",
        keys=[key for key in keys if isinstance(key, str)] if isinstance(keys, list) else [],
    )


class TemplateForm(VersionedForm):
    """A text of the school."""

    title = TextField(_l("Title"), longest=80, required=True)
    kind = SelectField(_l("What about"), choices=_kinds, default="meeting")
    text = _text(_l("Text"))
