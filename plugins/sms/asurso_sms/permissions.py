"""Who sees messages and decides about numbers."""

from __future__ import annotations

from asurso_core.access import PERSONAL, Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import pupils_of_classes
from asurso_sms.models import Message

VIEW = "sms.messages.view"
EDIT = "sms.messages.edit"
SETTINGS = "sms.settings.edit"
PHONES = "sms.phones.view"
RELEASE = "sms.phones.edit"
OWN_PHONE = "sms.own_phone.edit"
REPORT = "sms.costs.view"
ASK = "sms.ask"
QUERIES = "sms.questions.view"

PERMISSIONS = [
    Permission(
        name=VIEW,
        label=_l("See all text messages and their states"),
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
        name=QUERIES,
        label=_l("See who asked by text message about whom, and what was told"),
        default={"admin": "school"},
        risk=PERSONAL,
    ),
]

RESOURCES = [
    Resource(
        model=Message,
        anchors={
            "person": lambda ids: Message.person.in_(ids) | Message.about.in_(ids),
            "class": lambda ids: Message.about.in_(pupils_of_classes(ids)),
        },
    ),
]
