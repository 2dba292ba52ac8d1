"""Reading people and accounts, and who is behind a session."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from asurso_core import clock, plugins, settings
from asurso_core.accounts.models import Guardian
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import Record, as_date, as_stamp, is_sqlite, rows

#: Revisions that every request learns along with its session.
TOPICS = ("access", "plugins", "settings", "school")

_SESSION = """
    SELECT s.id, s.side, s.seen_at, s.created_at, s.confirmed_at,
           u.id, u.login, u.must_change, u.state, p.id, p.surname, p.given_name, p.patronymic,
           (SELECT {gather}(r.name || '/' || r.side || '/' || r.idle_minutes, ',')
              FROM core_user_role ur JOIN core_role r ON r.id = ur.role_id
             WHERE ur.user_id = u.id),
           (SELECT {gather}(v.topic || '=' || v.number, ',')
              FROM core_revision v
             WHERE v.topic IN ('access', 'plugins', 'settings', 'school')),
           (SELECT pr.value FROM core_preference pr
             WHERE pr.user_id = u.id AND pr.name = 'core.theme'),
           (SELECT f.confirmed_at FROM core_second_factor f WHERE f.user_id = u.id),
           (SELECT MAX(sc.id) FROM core_school sc WHERE sc.demo),
           (SELECT COUNT(*) FROM core_notice n
             WHERE n.person_id = p.id AND n.read_at IS NULL AND n.shown
               AND n.side IN ('', s.side) AND n.owner IN ?)
      FROM core_session s
      JOIN core_user u ON u.id = s.user_id
      JOIN core_person p ON p.id = u.person_id
     WHERE s.key = ?
"""


@functools.cache
def _session_sql(sqlite: bool) -> str:
    return _SESSION.format(gather="group_concat" if sqlite else "string_agg")


def secret_key_of(token: str) -> str:
    """What the database keeps of a secret that a browser holds."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def session_actor(token: str, address: str) -> tuple[Actor, dict[str, int], dt.datetime] | None:
    """Who is behind a session's secret: the actor, the present revisions, the last-seen stamp.

    None if the session is unknown, ended, idle for longer than the roles of its side allow, older
    than its absolute life, or its account is not active or lost the roles of its side. One
    statement.
    """
    manager = plugins.current()
    owners = ["core", *(name for name in manager.plugins if manager.is_enabled(name))]
    found = rows(_session_sql(is_sqlite()), [owners, secret_key_of(token)])
    if not found:
        return None
    (
        session_id, side, seen, created, confirmed, user_id, login, must_change, state,
        person_id, surname, given, patronymic, roles_text, revisions_text, theme, factor, demo,
        unread,
    ) = found[0]  # fmt: skip
    if state != "active":
        return None
    all_roles = [tuple(part.split("/")) for part in (roles_text or "").split(",") if part]
    sides = tuple(
        one for one in (STAFF, FAMILY) if any(role_side == one for _n, role_side, _m in all_roles)
    )
    if side not in sides:
        return None  # the roles of the side on which this session looks were taken away
    mine = [(name, int(minutes)) for name, role_side, minutes in all_roles if role_side == side]
    seen_at = as_stamp(seen)
    idle = min((minutes for _name, minutes in mine), default=30)
    if clock.stamp() - seen_at > dt.timedelta(minutes=idle):
        return None
    revisions = {
        topic: int(number)
        for topic, _, number in (part.partition("=") for part in (revisions_text or "").split(","))
        if topic
    }
    settings.refresh(revisions.get("settings", 0))
    until = as_stamp(created) + longest_life(side)
    if clock.stamp() >= until:
        return None
    names = frozenset(name for name, _minutes in mine)
    grants, personal = rights_of(user_id, side, names, revisions.get("access", 0))
    actor = Actor(
        user_id=user_id,
        person_id=person_id,
        name=" ".join(part for part in (surname, given, patronymic) if part),
        login=login,
        roles=names,
        side=side,
        sides=sides or (STAFF,),
        grants=grants,
        personal=personal,
        address=address,
        session_id=session_id,
        must_change=bool(must_change),
        must_enrol=factor is None
        and demo is None
        and not names.isdisjoint(settings.get("core", "factor_roles")),
        confirmed_at=as_stamp(confirmed) if confirmed else None,
        unread=unread,
        preferences={
            "theme": (theme or '"auto"').strip('"'), "idle_minutes": idle, "until": until
        },
    )  # fmt: skip
    return actor, revisions, seen_at


def longest_life(side: str) -> dt.timedelta:
    """How long a session of a side may last at the most, however busy it is."""
    hours = settings.get("core", "family_hours" if side == FAMILY else "staff_hours")
    return dt.timedelta(hours=int(hours))


_matrix: dict[str, dict[str, frozenset[str]]] = {}
#: Id of an account → what was given to its person: side, permission, scope, last day.
_personal: dict[int, list[tuple[str, str, str, dt.date]]] = {}
_matrix_at = -1

_GRANTS = """
    SELECT r.name, 0, '', g.permission, g.scope, CAST(NULL AS DATE)
      FROM core_grant g JOIN core_role r ON r.id = g.role_id
     UNION ALL
    SELECT '', p.user_id, p.side, p.permission, p.scope, p.until
      FROM core_person_grant p WHERE p.until >= ?
"""


def _know_grants(revision: int | None) -> None:
    """Read all grants anew if the revision ``access`` has moved; without one, always."""
    global _matrix_at  # noqa: PLW0603 - one cache per process
    if revision is not None and revision == _matrix_at:
        return
    _matrix.clear()
    _personal.clear()
    for role, user_id, side, permission, scope, until in rows(_GRANTS, [clock.today()]):
        if user_id:
            _personal.setdefault(user_id, []).append((side, permission, scope, as_date(until)))
        else:
            mine = _matrix.setdefault(role, {})
            mine[permission] = mine.get(permission, frozenset()) | {scope}
    _matrix_at = -1 if revision is None else revision
    _united.cache_clear()


def grants_of(roles: frozenset[str], revision: int | None = None) -> Mapping[str, frozenset[str]]:
    """What roles may do together: ``{permission: scopes}``; the matrix is cached by revision."""
    _know_grants(revision)
    return _united(roles, frozenset())


def rights_of(
    user_id: int, side: str, roles: frozenset[str], revision: int | None = None
) -> tuple[Mapping[str, frozenset[str]], frozenset[tuple[str, str]]]:
    """What an account may do on a side: all of it by its roles and by what was given to its person.

    The second part is what was given to the person and is valid today, ``(permission, scope)``.
    """
    _know_grants(revision)
    today = clock.today()
    personal = frozenset(
        (permission, scope)
        for where, permission, scope, until in _personal.get(user_id, ())
        if where == side and today <= until
    )
    return _united(roles, personal), personal


def sources_of(
    user_id: int, side: str, permission: str
) -> tuple[dict[str, frozenset[str]], list[tuple[str, dt.date]]]:
    """Where an account's scopes of a permission come from: ``{role: scopes}`` of all roles, and
    ``(scope, last day)`` given to the person on a side. The same numbers that answers are made of.
    """
    _know_grants(None)
    by_role = {role: held[permission] for role, held in _matrix.items() if permission in held}
    own = [
        (scope, until)
        for where, name, scope, until in _personal.get(user_id, ())
        if where == side and name == permission
    ]
    return by_role, own


@functools.lru_cache(maxsize=256)
def _united(
    roles: frozenset[str], personal: frozenset[tuple[str, str]]
) -> Mapping[str, frozenset[str]]:
    united: dict[str, frozenset[str]] = {}
    for role in roles:
        for permission, scopes in _matrix.get(role, {}).items():
            united[permission] = united.get(permission, frozenset()) | scopes
    for permission, scope in personal:
        united[permission] = united.get(permission, frozenset()) | {scope}
    return united


def forget_grants() -> None:
    """Empty the cached grants (another database, tests)."""
    global _matrix_at  # noqa: PLW0603 - one cache per process
    _matrix_at = -1
    _matrix.clear()
    _personal.clear()
    _united.cache_clear()


def actor_for(user_id: int, side: str | None = None) -> Actor:
    """The actor of an account as if signed in: for tests, the command line and "why" pages."""
    ((login, must_change, person_id, surname, given, patronymic),) = rows(
        "SELECT u.login, u.must_change, p.id, p.surname, p.given_name, p.patronymic "
        "FROM core_user u JOIN core_person p ON p.id = u.person_id WHERE u.id = ?",
        [user_id],
    )
    found = rows(
        "SELECT r.name, r.side FROM core_user_role ur JOIN core_role r ON r.id = ur.role_id "
        "WHERE ur.user_id = ?",
        [user_id],
    )
    sides = tuple(one for one in (STAFF, FAMILY) if any(kind == one for _n, kind in found))
    side = side or (sides[0] if sides else STAFF)
    names = frozenset(name for name, kind in found if kind == side)
    grants, personal = rights_of(user_id, side, names)
    return Actor(
        user_id=user_id,
        person_id=person_id,
        name=" ".join(part for part in (surname, given, patronymic) if part),
        login=login,
        roles=names,
        side=side,
        sides=sides or (STAFF,),
        grants=grants,
        personal=personal,
        must_change=bool(must_change),
    )


_HOLDERS = """
    SELECT u.id, u.person_id, r.side
      FROM core_grant g
      JOIN core_role r ON r.id = g.role_id
      JOIN core_user_role ur ON ur.role_id = r.id
      JOIN core_user u ON u.id = ur.user_id AND u.state = 'active'
     WHERE g.permission = ?
     UNION
    SELECT u.id, u.person_id, p.side
      FROM core_person_grant p
      JOIN core_user u ON u.id = p.user_id AND u.state = 'active'
     WHERE p.permission = ? AND p.until >= ?
       AND EXISTS (SELECT 1 FROM core_user_role ur JOIN core_role r ON r.id = ur.role_id
                    WHERE ur.user_id = u.id AND r.side = p.side)
"""


def holders(permission: str, target: Record | None = None) -> list[int]:
    """Ids of the persons who hold a permission on one of their sides, ascending.

    Over anything at all, as :meth:`Actor.holds` tells; over ``target``, a row, by the very rule of
    :func:`asurso_core.access.can`, which costs a few statements a person: for jobs, not for pages.
    Whom to tell is asked by this, never by the name of a role, which a school may change.
    """
    found = rows(_HOLDERS, [permission, permission, clock.today()])
    if target is not None:
        from asurso_core import access  # the rule stands on this room

        found = [one for one in found if access.can(actor_for(one[0], one[2]), permission, target)]
    return sorted({person for _user, person, _side in found})


def children_ids(person_id: int | None) -> Any:
    """A query of the pupils about whom a guardian may receive information."""
    return Guardian.select(Guardian.pupil).where(
        Guardian.guardian == person_id,
        Guardian.may_receive == True,  # noqa: E712 - SQL
    )
