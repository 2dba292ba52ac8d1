"""May I, and which ones may I: one rule answers both.

A :class:`Permission` is a named right, a :class:`Scope` says over whom, a grant row gives a role a
permission over a scope, and a :class:`Resource` tells how a table hangs on persons, classes and
teaching groups. Lists are narrowed and single objects are checked by the same condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import peewee as pw

from asurso_core import clock, plugins, settings
from asurso_core.actors import Actor
from asurso_core.db import Record, db, rows, written
from asurso_core.errors import NotThere, Refused
from asurso_core.hookspecs.ask import asurso_restrict
from asurso_core.hookspecs.collect import asurso_permissions, asurso_resources, asurso_scopes
from asurso_core.i18n import gettext as _

F = TypeVar("F", bound=Callable[..., Any])

# What a permission can do harm with (reliability-security, risk masks).
PERSONAL, CONFIG, DATALOSS, MANAGETRUST, SPAM = 1, 2, 4, 8, 16


@dataclass(frozen=True, kw_only=True)
class RoleDeclaration:
    """A kind of user that ships with an owner."""

    name: str
    label: Any
    side: str = "staff"
    idle_minutes: int = 60


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A named right ``<owner>.<thing>.<deed>``.

    ``default`` maps a role to the scopes it gets when the owner is installed. ``edits`` marks the
    rights that change data: they are refused on anything of a closed year.
    """

    name: str
    label: Any
    scopes: tuple[str, ...] = ("school",)
    default: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    edits: bool = False
    risk: int = 0


def too_much_for_family(permission: Permission, scope: str) -> bool:
    """Whether pupils and parents must not have a permission over a scope.

    Personal data of oneself and of one's own children are what a family is here for; those of
    others, and rights over the school's set-up, are not.
    """
    return bool(
        permission.risk & (CONFIG | DATALOSS | MANAGETRUST)
        or (permission.risk & PERSONAL and scope not in {"own", "own_child"})
    )


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Over whom: ``anchor`` is ``person``, ``class`` or ``group``; ``ids`` gives their ids.

    ``ids(actor)`` returns a list or a query of one column. The scope ``school`` has no anchor.
    """

    name: str
    label: Any
    anchor: str | None
    ids: Callable[[Actor], Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """How rows of ``model`` are found from the ids of an anchor.

    ``anchors`` maps an anchor to a function from ids to a condition. ``year`` turns a query of
    year ids into a condition, for tables whose rows belong to a school year.
    """

    model: type[Record]
    anchors: Mapping[str, Callable[[Any], Any]]
    year: Callable[[Any], Any] | None = None


# --- the door of an endpoint -------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """Who may enter an endpoint: ``public``, ``signed_in`` or holders of a permission."""

    kind: str
    permission: str | None = None


def requires(permission: str) -> Callable[[F], F]:
    """The endpoint opens to whoever holds the permission over anything at all.

    The service or query behind it asks again about the very object.
    """

    def mark(view: F) -> F:
        view.door = Door("permission", permission)  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: F) -> F:
    """The endpoint opens to everybody who is signed in: it shows or changes only their own."""
    view.door = Door("signed_in")  # type: ignore[attr-defined]
    return view


def public(view: F) -> F:
    """The endpoint opens to anybody, without signing in."""
    view.door = Door("public")  # type: ignore[attr-defined]
    return view


def callback(view: F) -> F:
    """The endpoint is called by a machine that proves itself by a secret of the configuration.

    It is public, and asks for no token of a form: there is no session and no browser behind it.
    The view compares the secret in constant time before it looks at anything else.
    """
    view.door = Door("public")  # type: ignore[attr-defined]
    view.callback = True  # type: ignore[attr-defined]
    return view


def is_callback(view: Callable[..., Any]) -> bool:
    """Whether machines call an endpoint (:func:`callback`)."""
    return bool(getattr(view, "callback", False))


def writes_by_get(reason: str) -> Callable[[F], F]:
    """The one exception from "looking changes nothing": a foreign protocol that tells by GET.

    Only for callbacks, which nobody reaches by a link; ``reason`` names the protocol.
    """

    def mark(view: F) -> F:
        view.writes_by_get = reason  # type: ignore[attr-defined]
        return view

    return mark


def fresh(view: F) -> F:
    """Writing here is a risky deed: it asks for the password again.

    Stands beside the door. A form sent without a confirmation of the last ten minutes is answered
    by a page that asks for the password and sends the same form again; a script gets 403 with the
    code ``confirm``. Reading is not asked about.
    """
    view.fresh = True  # type: ignore[attr-defined]
    return view


def is_fresh_only(view: Callable[..., Any]) -> bool:
    """Whether writing at an endpoint asks for the password again."""
    return bool(getattr(view, "fresh", False))


def door_of(view: Callable[..., Any]) -> Door | None:
    """What an endpoint declared, or None."""
    return getattr(view, "door", None)


# --- the registry ------------------------------------------------------------------------------


def permissions() -> dict[str, Permission]:
    """All permissions of enabled owners by name."""
    return {item.name: item for _plugin, item in plugins.collect(asurso_permissions)}


def scopes() -> dict[str, Scope]:
    """All scopes of enabled owners by name."""
    return {item.name: item for _plugin, item in plugins.collect(asurso_scopes)}


def _resource(model: type[Record]) -> Resource:
    for _plugin, item in plugins.collect(asurso_resources):
        if item.model is model:
            found: Resource = item
            return found
    raise plugins.PluginError(f"no Resource is declared for {model.__name__}")


# --- the rule ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the rule: a ``scope`` that gives, or a ``year`` or ``restriction`` that takes.

    ``name`` is the scope, or the plugin that restricts; ``rule`` is True, False or a condition.
    """

    kind: str
    name: str
    rule: Any


def condition(actor: Actor, permission: str, model: type[Record]) -> Any:
    """The condition that selects the rows of ``model`` over which the actor has the permission.

    True means all rows, False none; otherwise a peewee expression. Scopes add up; a closed year
    and the restrictions of plugins take away, whoever the actor is.
    """
    declared = permissions().get(permission)
    if declared is None:
        return False
    rule: Any = True
    if not actor.is_system:
        rule = False
        for part in given(actor, permission, model):
            rule = _either(rule, part.rule)
            if rule is True:
                break
    if rule is False:
        return False
    for part in narrowed(actor, declared, model):
        rule = _both(rule, part.rule)
    return rule


def given(actor: Actor, permission: str, model: type[Record]) -> Iterator[Part]:
    """What the actor's grants give over rows of a model, scope by scope; they add up."""
    names = actor.grants.get(permission, frozenset())
    if "school" in names:
        yield Part("scope", "school", True)
    known = scopes()
    for name in sorted(names - {"school"}):
        scope = known.get(name)
        if scope is None or scope.anchor is None:
            continue
        reach = _resource(model).anchors.get(scope.anchor)
        yield Part("scope", name, False if reach is None else reach(scope.ids(actor)))


def narrowed(actor: Actor, declared: Permission, model: type[Record]) -> Iterator[Part]:
    """What takes away from whatever was given; all of it must hold."""
    if declared.edits:
        yield Part("year", "", _open_year(model))
    if not actor.is_system:
        for plugin, rule in plugins.ask(
            asurso_restrict, actor=actor, permission=declared.name, model=model, failure=False
        ):
            yield Part("restriction", plugin.name, rule)


def covers(part: Part, target: Record) -> bool:
    """Whether a row is among those that one piece of the rule selects."""
    if part.rule is True or part.rule is False:
        return bool(part.rule)
    model = type(target)
    return bool(model.select(model.id).where(model.id == target.id, part.rule).exists())


def resources() -> dict[str, type[Record]]:
    """Models that rights can be asked about, by name: ``lesson``, ``school_class``, ``class``.

    The short name of the last word is there where only one model has it.
    """
    found: dict[str, type[Record]] = {}
    short: dict[str, list[type[Record]]] = {}
    for _plugin, item in plugins.collect(asurso_resources):
        words = re.findall("[A-Z][^A-Z]*", item.model.__name__)
        found["_".join(words).lower()] = item.model
        short.setdefault(words[-1].lower(), []).append(item.model)
    return {**{name: one[0] for name, one in short.items() if len(one) == 1}, **found}


def _open_year(model: type[Record]) -> Any:
    from asurso_core.school import AcademicYear

    resource = _resource(model)
    if resource.year is None:
        return True
    return resource.year(AcademicYear.select(AcademicYear.id).where(AcademicYear.state != "closed"))


def _either(left: Any, right: Any) -> Any:
    if left is True or right is True:
        return True
    if left is False:
        return right
    return left if right is False else (left | right)


def _both(left: Any, right: Any) -> Any:
    if left is False or right is False:
        return False
    if left is True or left is None:
        return True if right is None else right
    return left if right is True or right is None else (left & right)


def visible(actor: Actor, permission: str, query: pw.ModelSelect[Any]) -> pw.ModelSelect[Any]:
    """The query, narrowed to the rows over which the actor has the permission."""
    rule = condition(actor, permission, query.model)
    if rule is True:
        return query
    if rule is False:
        return query.where(pw.SQL("1 = 0"))
    return query.where(rule)


def can(actor: Actor, permission: str, target: Record) -> bool:
    """Whether the actor has the permission over this very row."""
    return target.id in allowed_ids(actor, permission, type(target), [target.id])


def allowed_ids(
    actor: Actor, permission: str, model: type[Record], ids: Iterable[int]
) -> frozenset[int]:
    """Those of the ids over which the actor has the permission; one statement for a whole grid."""
    wanted = list(ids)
    if not wanted:
        return frozenset()
    sql, params = allowed_sql(actor, permission, model)
    if not sql:
        return frozenset()
    found = rows(
        f"SELECT id FROM ({sql}) AS allowed WHERE id IN ?",  # noqa: S608 - compiled by peewee
        [*params, wanted],
    )
    return frozenset(row[0] for row in found)


_compiled: dict[Any, tuple[str, list[Any]]] = {}


def forget() -> None:
    """Empty what was compiled: another database, or one that went back in time (tests)."""
    _compiled.clear()


def allowed_sql(actor: Actor, permission: str, model: type[Record]) -> tuple[str, list[Any]]:
    """The statement that selects the allowed ids, with ``?`` marks; empty when nothing is allowed.

    For pages that join it into a statement of their own (:func:`asurso_core.db.rows`).

    Putting a condition into SQL costs peewee more than the database needs to answer it, so it is
    kept for as long as everything it was made of stays the same.
    """
    manager = plugins.current()
    key = (
        manager, manager.turn, db.obj, permission, model, actor.user_id, actor.person_id,
        actor.reason, actor.roles, actor.grants.get(permission), clock.today(),
        settings.cached_at(),
    )  # fmt: skip
    if key not in _compiled:
        rule = condition(actor, permission, model)
        if rule is False:
            _compiled[key] = "", []
        else:
            query = model.select(model.id)
            sql, params = (query if rule is True else query.where(rule)).sql()
            _compiled[key] = sql.replace("%s", "?").replace("%%", "%"), list(params)
        if len(_compiled) > 3000:
            del _compiled[next(iter(_compiled))]
    return _compiled[key]


def require(actor: Actor, permission: str, target: Record, *, see: str | None = None) -> None:
    """Raise unless the actor has the permission over this row.

    :raises NotThere: the actor may not even see it (no ``see`` permission, or none was named).
    :raises Refused: the actor may see it, but not do this.
    """
    if can(actor, permission, target):
        return
    if see is not None and can(actor, see, target):
        raise Refused(_("You can look at this, but not change it."))
    raise NotThere(_("There is no such page, or it is not open to you."))


def require_any(actor: Actor, permission: str) -> None:
    """Raise :class:`Refused` unless the actor holds the permission over something."""
    if not actor.holds(permission):
        raise Refused(_("You do not have the right to do this."))


def find(actor: Actor, permission: str, model: type[Record], id_: Any) -> Any:
    """The row with this id if the actor has the permission over it; raises :class:`NotThere`."""
    text = str(id_)
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else 0
    if 0 < number < 2**31:
        sql, params = allowed_sql(actor, permission, model)
        found = _row(model, number, sql, params) if sql else None
        if found is not None:
            return found
    raise NotThere(_("There is no such page, or it is not open to you."))


def _row(model: type[Record], number: int, sql: str, params: list[Any]) -> Record | None:
    """The row of a model with this id if it is among the ids that a statement selects."""
    whole = f"SELECT * FROM {model._meta.table_name} WHERE id = ? AND id IN ({sql})"  # noqa: S608, SLF001 - our own names
    whole, values = written(whole, [number, *params])
    found: list[Record] = list(model.raw(whole, *values))
    return found[0] if found else None
