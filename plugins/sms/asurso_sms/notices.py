"""What the plugin tells people by the notice centre: broadcasts, where no message can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core import notices
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_sms.services import casting


def _current(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """The words anew, by the rights that the recipient has as family."""
    del actor  # who reads it is the recipient that the broadcast has written down
    return casting.words_now(int(data["recipient"]))


KINDS: list[Any] = [
    notices.NoticeKind(
        name=casting.NOTICE_KIND,
        title=_l("Message of the school"),
        group=_l("School"),
        side="",
        must=True,
        outside="now",
        current=_current,
        order=5,
    )
]
