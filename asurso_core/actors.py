"""Who is acting: a signed-in person on one side of their life, or the system itself."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

STAFF = "staff"
FAMILY = "family"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody who asks or does something.

    ``grants`` maps a permission's name to the scopes granted by the roles of ``side``, and to this
    person on that side, only: a person who is teacher and parent looks either as staff or as
    family, never as both (R3.2).
    """

    user_id: int | None
    person_id: int | None
    name: str
    login: str = ""
    roles: frozenset[str] = frozenset()
    side: str = STAFF
    #: The sides this person can switch to, the present one included.
    sides: tuple[str, ...] = (STAFF,)
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: ``(permission, scope)`` given to this very person and valid today; in ``grants`` too.
    personal: frozenset[tuple[str, str]] = frozenset()
    address: str = ""
    session_id: int | None = None
    #: Set for SYSTEM: everything is permitted, the reason goes to the audit.
    reason: str = ""
    #: Set while the account must first change its one-time password.
    must_change: bool = False
    #: Set while the school's rules want a second factor of this account and it has none.
    must_enrol: bool = False
    #: When the password was last typed again in this session, before a risky deed.
    confirmed_at: dt.datetime | None = None
    #: Notices that wait to be read on the present side; the bell shows them.
    unread: int = 0
    preferences: Mapping[str, object] = field(default_factory=dict)
    #: Answers about rights that were given already; an actor lives as long as its request.
    memo: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_system(self) -> bool:
        """Whether this is the program itself (command line, import, demonstration)."""
        return self.user_id is None and bool(self.reason)

    def holds(self, permission: str) -> bool:
        """Whether the permission is granted over anything at all."""
        return self.is_system or bool(self.grants.get(permission))


def system(reason: str) -> Actor:
    """The actor for work that no person asked for at a screen; the reason is recorded."""
    return Actor(user_id=None, person_id=None, name="система", reason=reason or "-")


def new_operation() -> str:
    """A fresh operation id, for deeds whose caller brought none."""
    return uuid.uuid4().hex
