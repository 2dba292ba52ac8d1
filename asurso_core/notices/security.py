"""What touches the safety of an account: its owner is told (T13, R3.5)."""

from __future__ import annotations

from typing import Any

from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Fact, OutboxConsumer
from asurso_core.notices.kinds import NOW, NoticeKind, Words
from asurso_core.notices.telling import tell

KIND = NoticeKind(
    name="core.security", title=_l("Safety of my account"), group=_l("My account"), side="",
    must=True, urgent=True, outside=NOW, order=900,
)  # fmt: skip
KINDS: list[Any] = [KIND]


def _words(what: str) -> Words:
    title = {
        "new_device": _("Your account was opened from a new device"),
        "password": _("The password of your account was changed"),
        "second_factor": _("The second factor of your account was changed"),
    }[what]
    return Words(
        title=title,
        text=_("If it was not you, change the password and tell the administrator of the school."),
        bland=title,
    )


def _tell(attempt: Attempt, fact: Fact) -> None:
    del attempt
    from asurso_core.db import transaction

    with transaction():
        tell(
            KIND.name, _words(fact.payload["what"]), key=f"{fact.id}",
            to=[fact.payload["person"]], url="/settings",
        )  # fmt: skip


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="core.tell_security", title=_l("Notices about the safety of accounts"),
        facts=("core.security",), run=_tell,
    )
]  # fmt: skip
