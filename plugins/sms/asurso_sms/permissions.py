"""Who sees messages, who repeats them, and who decides about numbers."""

from __future__ import annotations

from typing import Any

from asurso_core.access import PERSONAL, SPAM, Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import groups_of_classes, pupils_of_classes
from asurso_sms.models import Broadcast, Message, Query, Recipient, Target

VIEW = "sms.messages.view"
EDIT = "sms.messages.edit"
COSTS = "sms.costs.view"
PHONES = "sms.phones.view"
RELEASE = "sms.phones.edit"
OWN = "sms.own_phone.edit"
ASK = "sms.ask"
QUESTIONS = "sms.questions.view"
CAST = "sms.broadcast"
TEMPLATES = "sms.templates.edit"

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
    ),
    Permission(
        name=CAST,
        label=_l("Send text messages to many people, and see such broadcasts"),
        # Over whom one may speak: audience.check asks this very permission (R2.13.4c).
        scopes=("school", "own_class", "own_group"),
        default={"admin": "school", "deputy": "school", "teacher": "own_class"},
        edits=True,
        risk=SPAM,
    ),
    Permission(
        name=TEMPLATES,
        label=_l("Keep the texts that the school uses for text messages"),
        default={"admin": "school", "deputy": "school"},
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
        risk=PERSONAL,
    ),
    Permission(
        name=ASK,
        label=_l("Ask about a pupil by text message"),
        scopes=("own_child", "own"),
        default={"parent": "own_child", "pupil": "own"},
        risk=PERSONAL,
    ),
    Permission(
        name=QUESTIONS,
        label=_l("See who asked by text message about whom, and what was told"),
        scopes=("school", "own_class"),
        default={"admin": "school"},
        risk=PERSONAL,
    ),
]


def _of_class(ids: Any) -> Any:
    return Message.about.in_(pupils_of_classes(ids))


def _told_in(school_classes: Any) -> Any:
    """Recipients of classes: their pupils' families, and whoever was reached by their groups."""
    return Recipient.school_class.in_(school_classes) | Recipient.group.in_(
        groups_of_classes(school_classes)
    )


def _cast_in(rule: Any, meant: Any) -> Any:
    """Broadcasts with a recipient, or a target, of these places."""
    return Broadcast.id.in_(Recipient.select(Recipient.broadcast).where(rule)) | Broadcast.id.in_(
        Target.select(Target.broadcast).where(meant)
    )


RESOURCES = [
    Resource(
        model=Recipient,
        anchors={"class": _told_in, "group": lambda ids: Recipient.group.in_(ids)},
    ),
    Resource(
        model=Broadcast,
        anchors={
            "class": lambda ids: _cast_in(
                _told_in(ids),
                Target.school_class.in_(ids) | Target.group.in_(groups_of_classes(ids)),
            ),
            "group": lambda ids: _cast_in(Recipient.group.in_(ids), Target.group.in_(ids)),
        },
    ),
    Resource(
        model=Message,
        anchors={"person": lambda ids: Message.person.in_(ids), "class": _of_class},
    ),
    Resource(model=Query, anchors={"class": lambda ids: Query.about.in_(pupils_of_classes(ids))}),
]
