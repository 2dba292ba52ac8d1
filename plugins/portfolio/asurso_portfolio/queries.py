"""Reading portfolios: whose page, which items of it, and what the reader may do with them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import peewee as pw

from asurso_core import access, clock, files
from asurso_core.accounts import Person, Role, User, UserRole, children_ids
from asurso_core.actors import STAFF, Actor
from asurso_core.errors import NotThere
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_core.school import (
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupTeacher,
    SchoolClass,
    active,
    class_of,
    classes_of_groups,
    led_class_ids,
    pupils_of_classes,
    studied_class_ids,
    taught_group_ids,
)
from asurso_core.text import fold
from asurso_portfolio.hookspecs import ItemKind
from asurso_portfolio.models import Author, Item, Link, Page
from asurso_portfolio.permissions import BROWSE, CONFIRM, KEEP, READ, REPORT
from asurso_portfolio.vocabulary import kinds

FILE_KIND = "portfolio.file"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


# --- the rule ------------------------------------------------------------------------------------


def readable(actor: Actor) -> Any:
    """The condition that selects the items this reader may read."""
    return Item.kind.in_(list(kinds())) & _readable(actor, Item, _of_persons)


def readable_about(actor: Actor) -> Any:
    """The condition that selects pages whose words about oneself this reader may read."""
    return _readable(actor, Page, lambda persons: Page.person.in_(persons))


def _of_persons(persons: Any) -> Any:
    return Item.id.in_(
        Author.select(Author.item).where(Author.person.in_(persons), Author.accepted == True)  # noqa: E712 - SQL
    )


def _readable(actor: Actor, model: Any, of_persons: Any) -> Any:
    """Whole portfolios by right; of others what they show to the school or to their class."""
    rule = access.condition(actor, READ, model)
    if rule is True:
        return pw.Value(1) == 1
    shown = access.condition(actor, BROWSE, model)
    if shown is not False:
        school = model.visibility == "school"
        nearer = (model.visibility == "class") & of_persons(_classmates(actor))
        part = (school if shown is True else (school & shown)) | nearer
        rule = part if rule is False else (rule | part)
    return pw.Value(1) == 0 if rule is False else rule


def _classmates(actor: Actor) -> Any:
    """A query of the pupils of the classes that the reader belongs to on the present side."""
    return pupils_of_classes(_near_classes(actor))


def _near_classes(actor: Actor) -> list[int]:
    """Classes one learns, leads or teaches in, or one's children learn in; asked once a request.

    A list and not a query: SQLite refuses to read conditions that are nested too deeply.
    """
    key = ("portfolio", "near")
    if key not in actor.memo:
        if actor.side == STAFF:
            found = led_class_ids(actor.person_id) | classes_of_groups(
                taught_group_ids(actor.person_id)
            )
        else:
            found = studied_class_ids([actor.person_id]) | studied_class_ids(
                children_ids(actor.person_id)
            )
        actor.memo[key] = sorted({id_ for (id_,) in found.tuples()})
    return cast("list[int]", actor.memo[key])


def reads_whole(actor: Actor, person_id: int) -> bool:
    """Whether the whole portfolio of a person is open to the reader, also while it is empty."""
    names = actor.grants.get(READ, frozenset())
    if actor.is_system or "school" in names:
        return True
    rule: Any = pw.Value(1) == 0
    for name in names:
        scope = access.scopes().get(name)
        if scope is not None and scope.anchor == "person":
            rule |= Person.id.in_(scope.ids(actor))
        elif scope is not None and scope.anchor == "class":
            rule |= Person.id.in_(pupils_of_classes(scope.ids(actor)))
    return Person.select().where(Person.id == person_id, rule).exists()


def is_pupil(actor: Actor) -> bool:
    """Whether somebody keeps a portfolio as a pupil; everybody else keeps one as staff."""
    return "pupil" in actor.roles


def may_keep(actor: Actor) -> bool:
    """Whether somebody has a page of their own to keep."""
    return actor.person_id is not None and actor.holds(KEEP)


# --- one item ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An item as pages show it."""

    row: Item
    kind: ItemKind
    authors: Sequence[Author] = ()
    files: Sequence[StoredFile] = ()
    #: What this reader may do: edit, own (links, authors, deletion), confirm, withdraw.
    may: frozenset[str] = frozenset()

    @property
    def pictures(self) -> list[StoredFile]:
        """Files that can be shown."""
        return [one for one in self.files if one.is_image and files.is_whole(one)]

    @property
    def documents(self) -> list[tuple[StoredFile, bool]]:
        """Files to download, and what is lost: ``(row, whether it is there)``."""
        told = [(one, files.is_whole(one)) for one in self.files]
        return [(one, whole) for one, whole in told if not (one.is_image and whole)]


def find(actor: Actor, item_id: int) -> Item:
    """The item if the reader may read it; raises :class:`NotThere`."""
    row: Item | None = None
    if 0 < item_id < 2**31:
        row = Item.select().where(Item.id == item_id, readable(actor)).first()
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


def item(actor: Actor, item_id: int) -> Shown:
    """One item with all that hangs on it."""
    return shown(actor, [find(actor, item_id)])[0]


def shown(actor: Actor | None, rows: Sequence[Item]) -> list[Shown]:
    """Items with their authors and files, the same number of statements for one and for many.

    Without an actor (a secret link) nobody may do anything.
    """
    ids = [row.id for row in rows]
    authors: dict[int, list[Author]] = {}
    query = (
        Author.select(Author, Person)
        .join(Person)
        .where(Author.item.in_(ids))
        .order_by(Author.accepted.desc(), Person.sort_key)
    )
    for one in query if ids else []:
        authors.setdefault(one.item_id, []).append(one)
    hung: dict[str, list[StoredFile]] = {}
    for file in files.of_target(*(target(id_) for id_ in ids)):
        hung.setdefault(file.target, []).append(file)
    confirmable: frozenset[int] = frozenset()
    if actor is not None and actor.holds(CONFIRM):
        confirmable = access.allowed_ids(actor, CONFIRM, Item, ids)
    known = kinds()
    return [
        Shown(
            row=row,
            kind=known[row.kind],
            authors=authors.get(row.id, []),
            files=hung.get(target(row.id), []),
            may=_may(actor, row, known[row.kind], authors.get(row.id, []), row.id in confirmable),
        )
        for row in rows
    ]


def _may(
    actor: Actor | None, row: Item, kind: ItemKind, authors: Iterable[Author], confirms: bool
) -> frozenset[str]:
    if actor is None:
        return frozenset()
    mine = may_keep(actor) and any(
        one.person_id == actor.person_id and one.accepted for one in authors
    )
    owns = mine and row.owner_id == actor.person_id
    locked = row.confirmed_at is not None
    found = {
        "edit": mine and not locked,
        "order": mine,
        "own": owns,
        "leave": mine and not owns,
        "confirm": confirms and kind.confirmable and not locked,
        "withdraw": locked and (confirms or owns),
    }
    return frozenset(name for name, yes in found.items() if yes)


def target(item_id: int) -> str:
    """How files and the audit call an item."""
    return f"portfolio.item:{item_id}"


def may_read_file(actor: Actor, row: StoredFile) -> bool:
    """Files are read by whoever may read the item they hang on."""
    owner, _colon, number = row.target.partition(":")
    if owner != "portfolio.item" or not number.isdecimal():
        return False
    return Item.select().where(Item.id == int(number), readable(actor)).exists()


# --- pages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PageView:
    """The page of one person as one reader sees it."""

    person: Person
    school_class: str
    about: str
    about_visibility: str
    own: bool
    sections: list[tuple[ItemKind, list[Shown]]] = field(default_factory=list)
    invitations: list[Shown] = field(default_factory=list)


def page(actor: Actor, person_id: int) -> PageView:
    """The page of a person.

    :raises NotThere: there is nobody like that, or nothing on the page is open to the reader.
    """
    found: Person | None = None
    if 0 < person_id < 2**31:
        found = Person.get_or_none(Person.id == person_id)
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    own = may_keep(actor) and actor.person_id == person_id
    told = Page.select().where(Page.person == found, readable_about(actor)).first()
    rows = list(
        Item.select(Item)
        .join(Author, on=(Author.item == Item.id))
        .where(Author.person == found, Author.accepted == True, readable(actor))  # noqa: E712 - SQL
        .order_by(Author.position, Item.id)
    )
    if not rows and told is None and not own and not reads_whole(actor, person_id):
        raise NotThere(_("There is no such page, or it is not open to you."))
    by_kind: dict[str, list[Shown]] = {}
    for one in shown(actor, rows):
        by_kind.setdefault(one.kind.name, []).append(one)
    school_class = class_of(person_id, clock.today())
    return PageView(
        person=found,
        school_class=school_class.title if school_class is not None else "",
        about=told.about if told is not None else "",
        about_visibility=told.visibility if told is not None else "me",
        own=own,
        sections=[(kind, by_kind[name]) for name, kind in kinds().items() if name in by_kind],
        invitations=_invitations(actor) if own else [],
    )


def newest(actor: Actor, person_id: int, limit: int) -> list[Item]:
    """The latest items of a person that the reader may read."""
    query = (
        Item.select(Item)
        .join(Author, on=(Author.item == Item.id))
        .where(Author.person == person_id, Author.accepted == True, readable(actor))  # noqa: E712 - SQL
        .order_by(Item.created_at.desc(), Item.id.desc())
    )
    return list(query.limit(limit))


def achievements(
    actor: Actor, since: dt.date, until: dt.date, *, confirmed: bool
) -> list[tuple[int, str, str | None, int, int]]:
    """How many achievements of which level the classes have that the actor may count.

    ``(grade, letter, level, number, of them confirmed)``; an achievement counts for the class in
    which the pupil was on its day. One statement.
    """
    on = pw.fn.COALESCE(Item.date, pw.fn.DATE(Item.created_at))
    member = (
        (ClassMember.pupil == Author.person)
        & (ClassMember.since <= on)
        & (ClassMember.until.is_null() | (ClassMember.until > on))
    )
    mine = access.visible(actor, REPORT, SchoolClass.select(SchoolClass.id))
    query = (
        Item.select(
            SchoolClass.grade,
            SchoolClass.letter,
            Item.level,
            pw.fn.COUNT(Item.id),
            pw.fn.COUNT(Item.confirmed_at),
        )
        .join(Author, on=(Author.item == Item.id))
        .join(ClassMember, on=member)
        .join(SchoolClass, on=(ClassMember.school_class == SchoolClass.id))
        .where(
            Item.kind == "achievement",
            Author.accepted == True,  # noqa: E712 - SQL
            on >= since,
            on <= until,
            SchoolClass.id.in_(mine),
        )
        .group_by(SchoolClass.grade, SchoolClass.letter, Item.level)
    )
    if confirmed:
        query = query.where(Item.confirmed_at.is_null(False))
    found: Any = query.tuples()
    return list(found)


def _invitations(actor: Actor) -> list[Shown]:
    rows = list(
        Item.select(Item)
        .join(Author, on=(Author.item == Item.id))
        .where(
            Author.person == actor.person_id,
            Author.accepted == False,  # noqa: E712 - SQL
            Item.kind.in_(list(kinds())),
        )
        .order_by(Item.id)
    )
    return shown(actor, rows)


def own_page(actor: Actor) -> Page:
    """One's own words about oneself, to be changed; unsaved while there are none."""
    access.require_any(actor, KEEP)
    found: Page | None = Page.get_or_none(Page.person == actor.person_id)
    return found or Page(person=actor.person_id, version=0)


def offered_kinds(actor: Actor) -> list[ItemKind]:
    """The kinds of items that somebody may put on their own page."""
    side = "pupil" if is_pupil(actor) else "staff"
    return [kind for kind in kinds().values() if side in kind.keepers] if may_keep(actor) else []


def children(actor: Actor) -> list[Person]:
    """The pupils whose whole portfolios a parent reads, by name."""
    if "own_child" not in actor.grants.get(READ, frozenset()):
        return []
    query = Person.select().where(
        Person.id.in_(children_ids(actor.person_id)), Person.archived_at.is_null()
    )
    return list(query.order_by(Person.sort_key))


def people(actor: Actor, name: str = "", class_id: int | None = None) -> Any:
    """A query of the people on whose pages something is open to the reader, by name."""
    authors = (
        Author.select(Author.person).join(Item).where(Author.accepted == True, readable(actor))  # noqa: E712 - SQL
    )
    told = Page.select(Page.person).where(readable_about(actor), Page.about != "")
    query = Person.select().where(
        Person.id.in_(authors) | Person.id.in_(told), Person.archived_at.is_null()
    )
    if name.strip():
        query = query.where(Person.search_text.contains(fold(name.strip())))
    if class_id is not None:
        query = query.where(Person.id.in_(pupils_of_classes([class_id])))
    return query.order_by(Person.sort_key, Person.id)


def class_titles_of(person_ids: Sequence[int]) -> dict[int, str]:
    """Where these people learn today: ``{person id: "5А"}``."""
    query = (
        ClassMember.select(ClassMember.pupil, SchoolClass)
        .join(SchoolClass)
        .where(ClassMember.pupil.in_(person_ids), active(ClassMember, clock.today()))
    )
    return {row.pupil_id: row.school_class.title for row in query}


def waiting(actor: Actor) -> list[Shown]:
    """Achievements that the class teacher has not confirmed yet, the oldest first."""
    access.require_any(actor, CONFIRM)
    names = [kind.name for kind in kinds().values() if kind.confirmable]
    query = access.visible(actor, CONFIRM, Item.select()).where(
        Item.kind.in_(names), Item.confirmed_at.is_null()
    )
    return shown(actor, list(query.order_by(Item.created_at, Item.id).limit(200)))


# --- links and authors ---------------------------------------------------------------------------


def links(item_id: int) -> list[Link]:
    """The secret addresses of an item; asked only for its owner."""
    return list(Link.select().where(Link.item == item_id).order_by(Link.id))


def by_token(token: str) -> Shown:
    """The item behind a secret address, and nothing else of its page.

    :raises NotThere: the address is unknown, was withdrawn or has expired.
    """
    found: Link | None = None
    if _TOKEN.fullmatch(token):
        found = (
            Link.select(Link, Item)
            .join(Item)
            .where(Link.token == token, Link.expires_on >= clock.today())
            .where(Item.kind.in_(list(kinds())))
            .first()
        )
    if found is None:
        raise NotThere(_("This link no longer works. Ask for a new one."))
    return shown(None, [found.item])[0]


def file_by_token(token: str, file_id: int) -> StoredFile:
    """A file of the item behind a secret address."""
    for file in by_token(token).files:
        if file.id == file_id:
            return file
    raise NotThere(_("This link no longer works. Ask for a new one."))


def possible_authors(actor: Actor, name: str, taken: Iterable[int] = ()) -> list[Person]:
    """People of a name whom somebody may invite: pupils their classmates and teachers, staff each
    other and the pupils they teach.
    """
    keepers = User.select(User.person).join(UserRole).join(Role)
    staff = keepers.where(User.state == "active", Role.side == "staff")
    near = _near_classes(actor)
    if is_pupil(actor):
        staff = staff.where(User.person.in_(_teachers_of(near)))
    query = Person.select().where(
        Person.id.in_(staff) | Person.id.in_(pupils_of_classes(near)),
        Person.id.not_in([actor.person_id or 0, *taken]),
        Person.archived_at.is_null(),
    )
    wanted = fold(name)
    return [one for one in query if wanted in {fold(one.name), fold(one.call_name)}]


def _teachers_of(classes: list[int]) -> Any:
    on = clock.today()
    groups = GroupClass.select(GroupClass.group).where(GroupClass.school_class.in_(classes))
    teaching = GroupTeacher.select(GroupTeacher.teacher).where(
        GroupTeacher.group.in_(groups), active(GroupTeacher, on)
    )
    leading = ClassTeacher.select(ClassTeacher.teacher).where(
        ClassTeacher.school_class.in_(classes), active(ClassTeacher, on)
    )
    return Person.select(Person.id).where(Person.id.in_(teaching) | Person.id.in_(leading))


def longest_link() -> dt.date:
    """The last day that a link may be given for."""
    return clock.today() + dt.timedelta(days=365)
