"""Whom somebody may ask about, and what can be named in a question: children, subjects, periods.

Everything is found from the asker: a name that is not among the own children's, or a subject that
they do not learn, is a word without a meaning. Nobody else's child is ever looked up.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asurso_core import access, clock, facts
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.i18n import gettext as _
from asurso_core.i18n import pgettext
from asurso_core.school import SchoolClass
from asurso_sms.conversation import spelling
from asurso_sms.hookspecs import SmsPeriod
from asurso_sms.permissions import ASK

#: From this age on a pupil asks about him- or herself.
OWN_AGE = 14
#: Nobody has more; a family of more children is asked about the oldest ones.
MOST_CHILDREN = 30


@dataclass(frozen=True)
class Child:
    """A pupil somebody may ask about, in the class of today."""

    person: Person
    label: str  # «Иван 5А»
    class_title: str
    period_type: int
    year: SmsPeriod


class NoSuchPeriod(Exception):
    """The class has no such period; the text names those it has."""


def children(actor: Actor) -> list[Child]:
    """The actor's children who study here today, by age; or the actor, a pupil of 14 or more.

    Those about whom the actor may not receive information, who have left, or are archived, are
    not among them. One statement.
    """
    sql, params = access.allowed_sql(actor, ASK, Person)
    if not sql:
        return []
    today = clock.today()
    found = rows(
        f"""
        SELECT p.id, p.surname, p.given_name, p.patronymic, p.birth_date, c.grade, c.letter,
               c.period_type_id, y.starts, y.ends
          FROM core_person p
          JOIN core_class_member m ON m.pupil_id = p.id
          JOIN core_school_class c ON c.id = m.school_class_id
          JOIN core_academic_year y ON y.id = c.year_id
         WHERE p.id IN ({sql}) AND p.archived_at IS NULL
           AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
         ORDER BY p.birth_date, p.id, m.since
        """,  # noqa: S608 - compiled
        [*params, today, today],
    )
    told: dict[int, Child] = {}
    for id_, surname, given, patronymic, born, grade, letter, periods, starts, ends in found:
        if id_ == actor.person_id and not _old_enough(as_date(born), today):
            continue
        title = SchoolClass(grade=grade, letter=letter).title
        told[id_] = Child(
            person=Person(id=id_, surname=surname, given_name=given, patronymic=patronymic),
            label=f"{given} {title}",
            class_title=title,
            period_type=periods,
            year=SmsPeriod(
                title=pgettext("school year", "year"), starts=as_date(starts), ends=as_date(ends)
            ),
        )
    return list(told.values())[:MOST_CHILDREN]


def _old_enough(born: dt.date | None, today: dt.date) -> bool:
    if born is None:
        return False
    return (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) >= OWN_AGE


# --- names -------------------------------------------------------------------------------------

Forms = list[list[str]]
Subjects = dict[int, tuple[str, Forms]]


def subjects(found: Iterable[Child]) -> dict[int, Subjects]:
    """Subjects of each child's year with the forms of their names: ``{pupil: {subject: …}}``."""
    by_id = {child.person.id: child for child in found}
    if not by_id:
        return {}
    wanted = list(by_id)
    sql = """
        SELECT m.pupil_id, m.since, m.until, s.id, s.name, s.short_name
          FROM core_class_member m
          JOIN core_group_class k ON k.school_class_id = m.school_class_id
          JOIN core_teaching_group g ON g.id = k.group_id AND g.part = 0
          JOIN core_subject s ON s.id = g.subject_id
         WHERE m.pupil_id IN ?
        UNION
        SELECT m.pupil_id, m.since, m.until, s.id, s.name, s.short_name
          FROM core_group_member m
          JOIN core_teaching_group g ON g.id = m.group_id
          JOIN core_subject s ON s.id = g.subject_id
         WHERE m.pupil_id IN ?
    """
    told: dict[int, Subjects] = {pupil: {} for pupil in wanted}
    for pupil, since, until, id_, name, short in rows(sql, [wanted, wanted]):
        year = by_id[pupil].year
        left = as_date(until)
        if as_date(since) <= year.ends and (left is None or left > year.starts):
            told[pupil][id_] = name, _forms(name, short)
    return told


def _forms(name: str, short: str) -> Forms:
    """«Иностранный язык (английский)» in words, without the brackets, and what is in them."""
    texts = [name, re.sub(r"\(.*?\)", " ", name), *re.findall(r"\((.*?)\)", name), short]
    texts += [text.replace("-", "") for text in texts if "-" in text]
    known = next((fact for fact in facts.subjects() if fact.name == name), None)
    texts += known.aliases if known is not None else ()
    forms: Forms = []
    for text in texts:
        words = spelling.split(text)
        if words and words not in forms:
            forms.append(words)
    return forms


def whom(
    words: Sequence[str], found: Sequence[Child], learnt: dict[int, Subjects]
) -> tuple[list[Child], list[str]]:
    """The children that words name, and the words that are left.

    A word counts as a name if it fits a first name or a class better than any subject, or as well
    while several children are meant.
    """
    meant = list(found)
    left = []
    every = {(pupil, id_): one[1] for pupil, mine in learnt.items() for id_, one in mine.items()}
    for word in words:
        named = {
            at: [spelling.split(child.person.given_name), [spelling.written(child.class_title)]]
            for at, child in enumerate(meant)
        }
        level, at_ = spelling.meant([word], named)
        other, _subjects = spelling.meant([word], every)
        if level > other or (level and level == other and len(meant) > 1):
            meant = [meant[at] for at in at_]
        else:
            left.append(word)
    return meant, left


def which(words: Sequence[str], mine: Subjects) -> tuple[tuple[int, ...], list[str], list[str]]:
    """``(subjects, words left, titles)``; ``titles`` if words fit several subjects equally well."""
    forms = {id_: one[1] for id_, one in mine.items()}
    chosen: list[int] = []
    left = []
    at = 0
    while at < len(words):
        for length in range(min(4, len(words) - at), 0, -1):
            level, found = spelling.meant(words[at : at + length], forms)
            if level:
                break
        else:
            left.append(words[at])
            at += 1
            continue
        if len(found) > 1:
            return (), [], sorted(mine[id_][0] for id_ in found)
        chosen += [id_ for id_ in found if id_ not in chosen]
        at += length
    return tuple(chosen), left, []


# --- periods -----------------------------------------------------------------------------------


def _titles() -> dict[str, str]:
    return {
        "quarter": _("%(number)s qtr"),
        "half_year": _("%(number)s half"),
        "trimester": _("%(number)s trim"),
        "module": _("%(number)s module"),
    }


def period(child: Child, asked: tuple[str, int | None] | None, today: dt.date) -> SmsPeriod | None:
    """The period that was asked for, or the one of today (in holidays the one before).

    In a class with quarters half-years are two of them. None if the class has no periods.

    :raises NoSuchPeriod: the class has no such period.
    """
    if asked is not None and asked[0] == "year":
        return child.year
    found = rows(
        "SELECT t.kind, p.number, p.title, p.starts, p.ends FROM core_period p "
        "JOIN core_period_type t ON t.id = p.period_type_id "
        "WHERE p.period_type_id = ? ORDER BY p.number",
        [child.period_type],
    )
    mine = [
        (kind, number, _named(kind, number, title), as_date(starts), as_date(ends))
        for kind, number, title, starts, ends in found
    ]
    if not mine:
        return None
    own_kind = mine[0][0]
    spans = [SmsPeriod(title=row[2], starts=row[3], ends=row[4]) for row in mine]
    numbers = [row[1] for row in mine]
    if asked is not None and asked[0] == "half_year" and own_kind == "quarter" and len(spans) == 4:
        spans = [_half(spans, 0), _half(spans, 2)]
        numbers, own_kind = [1, 2], "half_year"
    if asked is not None and (
        asked[0] != own_kind or (asked[1] is not None and asked[1] not in numbers)
    ):
        raise NoSuchPeriod(", ".join(one.title for one in spans))
    if asked is not None and asked[1] is not None:
        return spans[numbers.index(asked[1])]
    begun = [one for one in spans if one.starts <= today]
    return begun[-1] if begun else spans[0]


def _named(kind: str, number: int, title: str) -> str:
    form = _titles().get(kind)
    return title if form is None else form % {"number": number}


def _half(quarters: list[SmsPeriod], at: int) -> SmsPeriod:
    title = _titles()["half_year"] % {"number": 1 + at // 2}
    return SmsPeriod(title=title, starts=quarters[at].starts, ends=quarters[at + 1].ends)
