"""One box that finds people by name, class, login or phone, within one's rights (R2.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, clock
from asurso_core.accounts import people_rules as rules
from asurso_core.accounts.models import Person, PersonDetail, User
from asurso_core.accounts.people_queries import (
    children_titles_of,
    class_titles_of,
    classes_called,
    roles_of,
)
from asurso_core.actors import Actor
from asurso_core.db import binary_order
from asurso_core.i18n import gettext as _
from asurso_core.school.models import ClassMember
from asurso_core.school.queries import active
from asurso_core.text import fold

#: The longest text that is searched for, and the most words of it.
LONGEST, MOST_WORDS = 100, 6


@dataclass(frozen=True)
class Hit:
    """A found person: who they are in words, and the account whose card the searcher may open."""

    person_id: int
    name: str
    about: str
    user_id: int | None


def find(actor: Actor, text: str, limit: int = 50) -> list[Hit]:
    """People who fit every word of the text; surnames that begin with the first word come first.

    Nobody outside the searcher's right is found, nobody in the archive, and a phone finds only
    those whose particulars the searcher may see.
    """
    access.require_any(actor, "core.people.search")
    words = fold(text.replace("\x00", " ")[:LONGEST])
    query = access.visible(actor, "core.people.search", Person.select(Person))
    query = query.where(Person.archived_at.is_null())
    phone = _digits(words)
    if phone is not None:
        query = query.where(_has_phone(actor, phone))
        first = ""
    else:
        parts = words.split()[:MOST_WORDS]
        if not parts:
            return []
        for word in parts:
            query = query.where(_fits(word))
        first = parts[0]
    order = [binary_order(Person.sort_key), Person.id]
    if first:
        order.insert(0, pw.Case(None, [(_like(Person.search_text, f"{_escape(first)}%"), 0)], 1))
    found = list(query.order_by(*order).limit(limit))
    return _told(actor, found)


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(column: Any, pattern: str) -> Any:
    # Written out: peewee's own LIKE becomes GLOB on SQLite.
    return pw.NodeList((column, pw.SQL("LIKE"), pw.Value(pattern), pw.SQL("ESCAPE '\\'")))


def _fits(word: str) -> Any:
    """A word is the beginning of a part of the name or of the login, or a class."""
    safe = _escape(word)
    rule = (
        _like(Person.search_text, f"{safe}%")
        | _like(Person.search_text, f"% {safe}%")
        | _like(Person.search_text, f"%-{safe}%")
    )
    holders = User.select(User.person).where(
        _like(User.login_key, f"{safe}%"), User.state != "archived"
    )
    rule |= Person.id.in_(holders)
    classes = classes_called(word)
    if classes:
        rule |= Person.id.in_(
            ClassMember.select(ClassMember.pupil).where(
                ClassMember.school_class.in_(classes), active(ClassMember, clock.today())
            )
        )
    return rule


def _digits(words: str) -> str | None:
    """The last ten digits of what looks like a phone, or None."""
    if not re.fullmatch(r"[\d\s()+.-]+", words):
        return None
    digits = re.sub(r"\D", "", words)
    if len(digits) < 5:
        return None
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits[-10:]


def _has_phone(actor: Actor, digits: str) -> Any:
    column: Any = PersonDetail.phone
    for sign in " -()":
        column = pw.fn.REPLACE(column, sign, "")
    holders = PersonDetail.select(PersonDetail.person).where(_like(column, f"%{digits}%"))
    rule = rules.particulars(actor)
    if rule is False:
        return pw.SQL("1 = 0")
    return Person.id.in_(holders) if rule is True else (Person.id.in_(holders) & rule)


def _told(actor: Actor, found: list[Any]) -> list[Hit]:
    ids = [person.id for person in found]
    if not ids:
        return []
    accounts = dict(
        access.visible(
            actor,
            "core.users.view",
            User.select(User.person, User.id).where(User.person.in_(ids)),
        )
        .tuples()
        .execute()
    )
    everybody = dict(
        User.select(User.person, User.id).where(User.person.in_(ids)).tuples().execute()
    )
    roles = roles_of(list(everybody.values()))
    titles = class_titles_of(ids)
    children = children_titles_of(ids)
    posts = dict(
        PersonDetail.select(PersonDetail.person, PersonDetail.position)
        .where(PersonDetail.person.in_(ids), PersonDetail.position.is_null(False))
        .tuples()
        .execute()
    )
    hits = []
    for person in found:
        about = []
        if person.id in titles:
            about.append(_("pupil of %(title)s", title=titles[person.id]))
        if person.id in children:
            about.append(_("parent: %(children)s", children=children[person.id]))
        if person.id in posts:
            about.append(posts[person.id])
        if not about:
            about = list(roles.get(everybody.get(person.id, 0), []))
        hits.append(Hit(person.id, person.name, " · ".join(about), accounts.get(person.id)))
    return hits
