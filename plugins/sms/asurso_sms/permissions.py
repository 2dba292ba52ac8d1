"""Who sees messages, who repeats them, and who decides about numbers."""

from __future__ import annotations

from typing import Any

from asurso_core.access import PERSONAL, SPAM, Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import pupils_of_classes
from asurso_sms.models import Message

VIEW = "sms.messages.view"
EDIT = "sms.messages.edit"
COSTS = "sms.costs.view"
PHONES = "sms.phones.view"
RELEASE = "sms.phones.edit"
OWN = "sms.own_phone.edit"

_EVERYBODY = (
    "admin", "director", "deputy", "teacher", "secretary", "hr", "medical", "psychologist",
    "technical", "pupil", "parent",
)  # fmt: skip

PERMISSIONS = [
    Permission(
        name=OWN,
        label=_l("Confirm a telephone number of one's own"),
        scopes=("own",),
        default=dict.fromkeys(_EVERYBODY, "own"),
        edits=True,
    ),
    Permission(
        name=VIEW,
        label=_l("See the text messages of the school and what became of them"),
        default={"admin": "school"},
        risk=PERSONAL,
    ),
    Permission(
        name=EDIT,
        label=_l("Send text messages again that failed"),
        default={"admin": "school"},
        edits=True,
        risk=SPAM,
    ),
    Permission(
        name=COSTS,
        label=_l("See what text messages cost"),
        default=dict.fromkeys(("admin", "director"), "school"),
    ),
    Permission(
        name=PHONES,
        label=_l("See who has confirmed a telephone number"),
        scopes=("school", "own_class"),
        default={"admin": "school", "teacher": "own_class"},
    ),
    Permission(
        name=RELEASE,
        label=_l("Take a confirmed number from somebody"),
        default={"admin": "school"},
        edits=True,
        risk=PERSONAL,
    ),
]


def _of_class(ids: Any) -> Any:
    return Message.about.in_(pupils_of_classes(ids))


RESOURCES = [
    Resource(
        model=Message,
        anchors={"person": lambda ids: Message.person.in_(ids), "class": _of_class},
    ),
]
