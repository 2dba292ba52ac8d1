"""Menu, and pieces of others' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.slots import Fragment
from asurso_sms import numbers, queries
from asurso_sms.permissions import OWN, PHONES

NAVIGATION = [
    NavItem(
        name="sms.broadcasts", label=_l("SMS broadcasts"), endpoint="sms.broadcasts",
        section="people", icon="sms", order=79,
    ),
    NavItem(
        name="sms", label=_l("Text messages"), endpoint="sms.index", section="admin",
        icon="sms", order=66,
    ),
    NavItem(
        name="sms.questions", label=_l("Questions by SMS"), endpoint="sms.questions",
        section="people", icon="chat", order=80,
    ),
]  # fmt: skip


def _card(actor: Actor, person: Person) -> Mapping[str, Any] | None:
    state = queries.phone_state(actor, person)
    return None if state is None else {"state": state}


def _own(actor: Actor) -> Mapping[str, Any] | None:
    own = queries.own_phone(actor)
    return None if own.closed else {"own": own, "told": numbers.told}


FRAGMENTS = [
    Fragment(
        name="sms.phone_state", slot="core.person.card", template="sms/card.html",
        prepare=_card, requires=PHONES,
    ),
    Fragment(
        name="sms.own_phone", slot="core.account.settings", template="sms/own.html",
        prepare=_own, requires=OWN,
    ),
]  # fmt: skip
