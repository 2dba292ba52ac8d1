"""Reading the forum: sections, topics, messages, the queue of moderators, the search."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from asurso_core import access, clock, fulltext, markup
from asurso_core.accounts import Person, Role
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, binary_order, contains, rows
from asurso_core.errors import NotThere
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass, classes, current_year
from asurso_core.text import fold
from asurso_forum import kinds, models, policy
from asurso_forum.models import (
    DELETED,
    OPEN,
    WAITING,
    Message,
    OldText,
    Report,
    Section,
    SectionRight,
    Topic,
)
from asurso_forum.permissions import MODERATE, SECTIONS, VIEW, WRITE

PER_PAGE = 25


def _name(surname: str | None, given: str | None, patronymic: str | None) -> str:
    """Surname and initials; words for a person whose data were erased."""
    if surname is None:
        return _("deleted user")
    initials = [f"{part[0]}." for part in (given, patronymic) if part]
    return " ".join([surname, *initials])


def not_there() -> NotThere:
    """The refusal that tells nothing about what exists."""
    return NotThere(_("There is no such page, or it is not open to you."))


# --- single rows, with the right to see them ---------------------------------------------------


def section(actor: Actor, section_id: int) -> Section:
    """A section that the actor may read; raises ``NotThere``."""
    found: Section = access.find(actor, VIEW, Section, section_id)
    return found


def topic(actor: Actor, topic_id: int) -> Topic:
    """A topic that the actor may read; a deleted one only as its moderator."""
    found: Topic = access.find(actor, VIEW, Topic, topic_id)
    if not _is_shown(actor, found) and not access.can(actor, MODERATE, found):
        raise not_there()
    return found


def _is_shown(actor: Actor, found: Topic) -> bool:
    """Whether a topic is there for others than moderators: not deleted, not all hidden."""
    own = found.author_id is not None and found.author_id == actor.person_id
    return found.state == OPEN and (found.last_open > 0 or own)


def message(actor: Actor, message_id: int) -> Message:
    """A message whose words the actor may read.

    A hidden or waiting one is there for moderators, and its author still sees that it waits.
    """
    found: Message = access.find(actor, VIEW, Message, message_id)
    topic(actor, found.topic_id)
    if found.state != OPEN and not access.can(actor, MODERATE, found):
        raise not_there()
    return found


def message_for_deed(actor: Actor, message_id: int) -> Message:
    """A message of a topic that the actor may read; a hidden one as its moderator or author."""
    found: Message = access.find(actor, VIEW, Message, message_id)
    topic(actor, found.topic_id)
    own = found.author_id is not None and found.author_id == actor.person_id
    if found.state != OPEN and not own and not access.can(actor, MODERATE, found):
        raise not_there()
    return found


def may_read_picture(actor: Actor, row: StoredFile) -> bool:
    """Whether the actor may see a picture: whoever may read the message it stands in."""
    try:
        message(actor, int(row.target.removeprefix("forum.message:")))
    except NotThere:
        return False
    return True


def may_write(actor: Actor, found: Topic, where: Section) -> bool:
    """Whether the actor may add a message: the section's right, and the topic is not closed."""
    if found.state != OPEN or where.archived or not access.can(actor, WRITE, found):
        return False
    return not found.closed or access.can(actor, MODERATE, found)


# --- the list of sections, the list of topics --------------------------------------------------


@dataclass(frozen=True)
class SectionLine:
    """A section in the list."""

    id: int
    title: str
    about: str
    archived: bool
    topics: int
    unread: int
    last_at: dt.datetime | None


_COUNTS = """
    SELECT t.section_id, COUNT(*), MAX(t.last_at),
           SUM(CASE WHEN t.last_open > COALESCE(r.number, 0) THEN 1 ELSE 0 END)
      FROM forum_topic t
      LEFT JOIN forum_read_mark r ON r.topic_id = t.id AND r.person_id = ?
     WHERE t.state = 'open' AND t.last_open > 0 AND t.section_id IN ?
     GROUP BY t.section_id
"""


def sections(actor: Actor) -> list[SectionLine]:
    """Sections that the actor may read, with what is unread; two statements."""
    query = Section.select().order_by(Section.archived, Section.position, Section.id)
    found = list(access.visible(actor, VIEW, query))
    if not found:
        return []
    counted = {
        row[0]: row[1:] for row in rows(_COUNTS, [actor.person_id, [one.id for one in found]])
    }
    lines = []
    for one in found:
        topics, last_at, unread = counted.get(one.id, (0, None, 0))
        lines.append(
            SectionLine(
                one.id, one.title, one.about, one.archived, topics, int(unread or 0),
                as_stamp(last_at) if last_at else None,
            )
        )  # fmt: skip
    return lines


@dataclass(frozen=True)
class TopicLine:
    """A topic in a list."""

    id: int
    title: str
    author: str
    pinned: bool
    closed: bool
    deleted: bool
    messages: int
    last_at: dt.datetime
    read: int
    first_unread: int  # 0: everything is read
    section: str = ""


_TOPICS = """
    SELECT t.id, t.title, p.surname, p.given_name, p.patronymic, t.pinned, t.closed, t.state,
           t.last_open, t.last_at, COALESCE(r.number, 0), s.title
      FROM forum_topic t
      JOIN forum_section s ON s.id = t.section_id
      LEFT JOIN core_person p ON p.id = t.author_id
      LEFT JOIN forum_read_mark r ON r.topic_id = t.id AND r.person_id = ?
"""


def _topic_line(row: tuple[Any, ...]) -> TopicLine:
    last, read = row[8], row[10]
    return TopicLine(
        row[0], row[1], _name(*row[2:5]), bool(row[5]), bool(row[6]), row[7] != OPEN, last,
        as_stamp(row[9]), read, read + 1 if last > read else 0, row[11],
    )  # fmt: skip


@dataclass(frozen=True)
class TopicPage:
    """One page of the topics of a section."""

    section: Section
    topics: list[TopicLine]
    page: int
    pages: int
    may_write: bool
    unread: bool


def topics(actor: Actor, section_id: int, page: int) -> TopicPage:
    """Topics of a section, pinned ones first, then by the last message."""
    where = section(actor, section_id)
    moderates = access.can(actor, MODERATE, where)
    states = [OPEN, DELETED] if moderates else [OPEN]
    lowest = 0 if moderates else 1
    ((total,),) = rows(
        "SELECT COUNT(*) FROM forum_topic WHERE section_id = ? AND state IN ? AND last_open >= ?",
        [where.id, states, lowest],
    )
    pages = max(1, -(-total // PER_PAGE))
    page = min(page, pages)
    found = rows(
        f"{_TOPICS} WHERE t.section_id = ? AND t.state IN ? AND t.last_open >= ? "
        "ORDER BY t.pinned DESC, t.last_at DESC, t.id DESC LIMIT ? OFFSET ?",
        [actor.person_id, where.id, states, lowest, PER_PAGE, (page - 1) * PER_PAGE],
    )
    lines = [_topic_line(row) for row in found]
    may = not where.archived and access.can(actor, WRITE, where)
    return TopicPage(where, lines, page, pages, may, any(one.first_unread for one in lines))


def fresh(actor: Actor, limit: int = 5) -> list[TopicLine]:
    """Topics with something unread, the latest first: for the start page; one statement."""
    sql, params = access.allowed_sql(actor, VIEW, Section)
    if not sql:
        return []
    found = rows(
        f"{_TOPICS} WHERE t.state = 'open' AND s.id IN ({sql}) "
        "AND t.last_open > COALESCE(r.number, 0) AND NOT s.archived "
        "ORDER BY t.last_at DESC, t.id DESC LIMIT ?",
        [actor.person_id, *params, limit],
    )
    return [_topic_line(row) for row in found]


# --- a topic -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class MessageLine:
    """A message as its reader sees it; without words when they are hidden from this reader."""

    id: int
    number: int
    author: str
    own: bool
    html: Any
    created_at: dt.datetime
    edited_at: dt.datetime | None
    state: str
    reason: str
    by_author: bool
    readable: bool
    may_edit: bool
    names_me: bool
    reactions: list[tuple[str, Any, int, bool]]


@dataclass(frozen=True)
class PollView:
    """A poll; counts are None until the reader has voted or the voting has ended."""

    question: str
    multiple: bool
    ends: dt.date | None
    ended: bool
    voted: bool
    voters: int
    options: list[tuple[int, str, int | None, bool]]


@dataclass(frozen=True)
class Page:
    """One page of a topic."""

    topic: Topic
    section: Section
    messages: list[MessageLine]
    page: int
    pages: int
    read: int
    subscribed: bool
    may_write: bool
    moderates: bool
    poll: PollView | None
    last_shown: int = 0


def page_of(number: int) -> int:
    """The page on which a message stands."""
    return max(1, -(-number // PER_PAGE))


_AROUND = """
    SELECT s.id, s.title, s.archived, r.number,
           EXISTS (SELECT 1 FROM forum_subscription u WHERE u.topic_id = t.id AND u.person_id = ?)
      FROM forum_topic t
      JOIN forum_section s ON s.id = t.section_id
      LEFT JOIN forum_read_mark r ON r.topic_id = t.id AND r.person_id = ?
     WHERE t.id = ?
"""
# Numbers are never given twice and rows never go away, so a page is a range of numbers: the last
# page of five thousand messages costs what the first one costs.
_MESSAGES = """
    SELECT m.id, m.number, m.author_id, p.surname, p.given_name, p.patronymic, m.text,
           m.created_at, m.edited_at, m.state, m.reason, m.decided_by_id,
           EXISTS (SELECT 1 FROM forum_mention n WHERE n.message_id = m.id AND n.person_id = ?)
      FROM forum_message m
      LEFT JOIN core_person p ON p.id = m.author_id
     WHERE m.topic_id = ? AND m.number BETWEEN ? AND ?
     ORDER BY m.number
"""


def topic_page(actor: Actor, topic_id: int, page: int) -> Page:
    """A page of a topic: nine statements, however long the topic is."""
    found: Topic = access.find(actor, VIEW, Topic, topic_id)
    moderates = access.can(actor, MODERATE, found)
    if not moderates and not _is_shown(actor, found):
        raise not_there()
    me = actor.person_id
    ((section_id, title, archived, read, subscribed),) = rows(_AROUND, [me, me, topic_id])
    where = Section(id=section_id, title=title, archived=bool(archived))
    pages = page_of(found.last_number)
    page = min(page, pages)
    lines = _message_lines(actor, topic_id, page, moderates)
    writes = (
        found.state == OPEN
        and not where.archived
        and (moderates or not found.closed)
        and access.can(actor, WRITE, found)
    )
    return Page(
        topic=found, section=where, messages=lines, page=page, pages=pages, read=int(read or 0),
        subscribed=bool(subscribed), may_write=writes, moderates=moderates,
        poll=_poll(actor, found, moderates),
        last_shown=max((one.number for one in lines if one.state != WAITING), default=0),
    )  # fmt: skip


def _message_lines(actor: Actor, topic_id: int, page: int, moderates: bool) -> list[MessageLine]:
    first = (page - 1) * PER_PAGE + 1
    found = rows(_MESSAGES, [actor.person_id, topic_id, first, first + PER_PAGE - 1])
    reactions = _reactions(actor, [row[0] for row in found])
    lines = []
    for row in found:
        state, own = row[9], row[2] is not None and row[2] == actor.person_id
        if state == WAITING and not (moderates or own):
            continue
        readable = state == OPEN or moderates or (own and state == WAITING)
        created = as_stamp(row[7])
        lines.append(
            MessageLine(
                id=row[0], number=row[1], author=_name(*row[3:6]), own=own,
                html=markup.markdown(row[6]) if readable else "", created_at=created,
                edited_at=as_stamp(row[8]) if row[8] else None, state=state, reason=row[10] or "",
                by_author=row[11] is not None and row[11] == row[2], readable=readable,
                may_edit=own and state in {OPEN, WAITING} and policy.in_edit_window(created),
                names_me=bool(row[12]) and readable, reactions=reactions.get(row[0], _NO_REACTIONS),
            )
        )  # fmt: skip
    return lines


_NO_REACTIONS: list[tuple[str, Any, int, bool]] = [
    (kind, label, 0, False) for kind, label in kinds.REACTIONS.items()
]


def _reactions(actor: Actor, ids: list[int]) -> dict[int, list[tuple[str, Any, int, bool]]]:
    counted = {
        (message_id, kind): (number, bool(mine))
        for message_id, kind, number, mine in rows(
            "SELECT message_id, kind, COUNT(*), MAX(CASE WHEN person_id = ? THEN 1 ELSE 0 END) "
            "FROM forum_reaction WHERE message_id IN ? GROUP BY message_id, kind",
            [actor.person_id, ids or [0]],
        )
    }
    return {
        id_: [
            (kind, label, *counted.get((id_, kind), (0, False)))
            for kind, label in kinds.REACTIONS.items()
        ]
        for id_ in {message_id for message_id, _kind in counted}
    }


_OPTIONS = """
    SELECT o.id, o.text, COUNT(v.id), MAX(CASE WHEN v.person_id = ? THEN 1 ELSE 0 END),
           l.question, l.multiple, l.ends,
           (SELECT COUNT(DISTINCT COALESCE(w.person_id, -w.id)) FROM forum_poll_vote w
              JOIN forum_poll_option x ON x.id = w.option_id WHERE x.poll_id = l.id)
      FROM forum_poll l
      JOIN forum_poll_option o ON o.poll_id = l.id
      LEFT JOIN forum_poll_vote v ON v.option_id = o.id
     WHERE l.topic_id = ?
     GROUP BY o.id, o.text, o.position, l.id, l.question, l.multiple, l.ends
     ORDER BY o.position
"""


def _poll(actor: Actor, found: Topic, moderates: bool) -> PollView | None:
    lines = rows(_OPTIONS, [actor.person_id, found.id])
    if not lines:
        return None
    question, multiple, ends, voters = lines[0][4:]
    ends = as_date(ends) if ends else None
    ended = found.closed or (ends is not None and clock.today() > ends)
    voted = any(row[3] for row in lines)
    shown = voted or ended or moderates
    return PollView(
        question, bool(multiple), ends, ended, voted, voters,
        [(row[0], row[1], row[2] if shown else None, bool(row[3])) for row in lines],
    )  # fmt: skip


def quotation(actor: Actor, message_id: int) -> tuple[Message, str]:
    """A message and its text as a quotation, for whoever may read it."""
    found = message(actor, message_id)
    author = found.author.short_name if found.author_id else _("deleted user")
    return found, markup.quote(found.text, author)


def history(actor: Actor, message_id: int) -> tuple[Message, list[OldText]]:
    """What a message said before, for moderators of its topic."""
    found = message(actor, message_id)
    access.require(actor, MODERATE, found, see=VIEW)
    query = OldText.select().where(OldText.message == found).order_by(OldText.id.desc())
    return found, list(query)


def people(actor: Actor, topic_id: int, text: str, limit: int = 8) -> list[str]:
    """Names for a mention: those who write in the section, by the beginning of the surname."""
    found = topic(actor, topic_id)
    wanted = fold(text)[:40]
    if not wanted:
        return []
    query = (
        Person.select(Person.surname, Person.given_name, Person.sort_key)
        .where(Person.id.in_(writers(found.section_id)), contains(Person.search_text, wanted))
        .order_by(binary_order(Person.sort_key))
        .limit(50)
    )
    return [one.call_name for one in query if fold(one.surname).startswith(wanted)][:limit]


def writers(section_id: int) -> Any:
    """A query of the persons who have written in a section: those who may be named in it."""
    return (
        Message.select(Message.author)
        .join(Topic)
        .where(Topic.section == section_id, Message.author.is_null(False), Message.state == OPEN)
        .distinct()
    )


# --- search ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A found message."""

    id: int
    topic_id: int
    number: int
    title: str
    section: str
    author: str
    at: dt.datetime
    excerpt: str


def search(actor: Actor, text: str, limit: int = 50) -> list[Found]:
    """Shown messages that hold every word, in sections the actor may read; newest first."""
    if not actor.holds(VIEW):
        return []
    query = (
        Message.select(Message, Topic, Section, Person)
        .join(Topic)
        .join(Section)
        .switch(Message)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Message.author == Person.id))
        .where(Message.id.in_(fulltext.find("forum", "message", text)))
        .where(Message.state == OPEN, Topic.state == OPEN)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    )
    wanted = set(fulltext.stems(text))
    return [
        Found(
            one.id, one.topic_id, one.number, one.topic.title, one.topic.section.title,
            one.author.short_name if one.author_id else _("deleted user"), one.created_at,
            _excerpt(one.text, wanted),
        )
        for one in access.visible(actor, VIEW, query)
    ]  # fmt: skip


def _excerpt(text: str, wanted: set[str], width: int = 160) -> str:
    """A piece of the text around the first found word."""
    words = markup.plain(text).split()
    at = next((n for n, word in enumerate(words) if wanted & set(fulltext.stems(word))), 0)
    start = max(0, at - 8)
    piece = " ".join(words[start:])[:width]
    return f"{'… ' if start else ''}{piece}{' …' if len(' '.join(words[start:])) > width else ''}"


# --- moderators --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A message that waits for a moderator, and why."""

    id: int
    topic_id: int
    title: str
    author: str
    html: Any
    state: str
    at: dt.datetime
    reports: list[tuple[Any, str, str]] = field(default_factory=list)


def queue(actor: Actor, limit: int = 50) -> list[Case]:
    """Messages with open reports, and messages that wait to be shown; the oldest first."""
    access.require_any(actor, MODERATE)
    reported = Report.select(Report.message).where(Report.state == "open")
    query = (
        Message.select(Message, Topic, Person)
        .join(Topic)
        .switch(Message)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Message.author == Person.id))
        .where((Message.state == WAITING) | Message.id.in_(reported))
        .where(Message.state != DELETED, Topic.state == OPEN)
        .order_by(Message.id)
        .limit(limit)
    )
    found = list(access.visible(actor, MODERATE, access.visible(actor, VIEW, query)))
    said: dict[int, list[tuple[Any, str, str]]] = {}
    for report in (
        Report.select(Report, Person)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Report.reporter == Person.id))
        .where(Report.message.in_([one.id for one in found]), Report.state == "open")
        .order_by(Report.id)
    ):
        who = report.reporter.short_name if report.reporter_id else _("deleted user")
        said.setdefault(report.message_id, []).append(
            (kinds.REASONS.get(report.reason, report.reason), report.note, who)
        )
    return [
        Case(
            one.id, one.topic_id, one.topic.title,
            one.author.short_name if one.author_id else _("deleted user"),
            markup.markdown(one.text), one.state, one.created_at, said.get(one.id, []),
        )
        for one in found
    ]  # fmt: skip


def movable_to(actor: Actor, found: Topic) -> list[tuple[int, str]]:
    """Sections into which a topic may be moved, its own among them."""
    query = Section.select().where(Section.archived == False)  # noqa: E712 - SQL
    offered = [
        (one.id, one.title)
        for one in access.visible(actor, WRITE, query).order_by(Section.position, Section.id)
    ]
    if found.section_id not in {id_ for id_, _title in offered}:
        offered.insert(0, (found.section_id, found.section.title))
    return offered


# --- sections in the administrator's hands -----------------------------------------------------


def all_sections(actor: Actor) -> list[Section]:
    """Every section, for whoever may change them."""
    query = Section.select().order_by(Section.archived, Section.position, Section.id)
    return list(access.visible(actor, SECTIONS, query))


@dataclass(frozen=True)
class Rights:
    """Who may enter a section, as the form shows it."""

    readers: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)
    moderators: list[int] = field(default_factory=list)


def section_to_edit(actor: Actor, section_id: int) -> tuple[Section, Rights]:
    """A section and its rights, for whoever may change them."""
    found: Section = access.find(actor, SECTIONS, Section, section_id)
    rights = list(SectionRight.select().where(SectionRight.section == found))
    return found, Rights(
        sorted({one.role for one in rights if one.role}),
        sorted({one.role for one in rights if one.role and one.level >= models.WRITE}),
        sorted({one.school_class_id for one in rights if one.school_class_id}),
        sorted({one.person_id for one in rights if one.person_id}),
    )


def choices(actor: Actor, chosen: Rights) -> dict[str, list[tuple[Any, str]]]:
    """What the form of a section offers: roles, classes of this year, members of staff."""
    access.require_any(actor, SECTIONS)
    year = current_year()
    offered = list(classes(actor, year)) if year is not None else []
    known = {one.id for one in offered}
    left = [id_ for id_ in chosen.classes if id_ not in known]
    offered += list(SchoolClass.select().where(SchoolClass.id.in_(left))) if left else []
    staff = rows(
        "SELECT DISTINCT p.id, p.surname, p.given_name, p.patronymic, p.sort_key "
        "FROM core_person p JOIN core_user u ON u.person_id = p.id AND u.state <> 'archived' "
        "JOIN core_user_role ur ON ur.user_id = u.id "
        "JOIN core_role r ON r.id = ur.role_id AND r.side = 'staff' ORDER BY p.sort_key, p.id"
    )
    return {
        "roles": [(one.name, one.label) for one in Role.select().order_by(Role.id)],
        "classes": [(one.id, one.title) for one in offered],
        "staff": [(row[0], _name(*row[1:4])) for row in staff],
    }
