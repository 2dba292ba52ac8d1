"""One letter as its reader sees it, what an answer begins with, and drafts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import audience, clock, files, markup
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import as_stamp, rows
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_mail import policy
from asurso_mail.models import (
    AUTHOR,
    BROADCAST,
    DRAFTS,
    HIDDEN,
    LEAVING,
    SCHOOL,
    TO,
    UNKNOWN,
    Attachment,
    Copy,
    Message,
    Outside,
    Report,
)
from asurso_mail.permissions import MODERATE, OUTSIDE, USE
from asurso_mail.queries import book
from asurso_mail.queries.boxes import Shelf, copy, mine, not_there, sender, shelves

#: The kind of the files that hang on letters.
FILE_KIND = "mail.file"
#: So many recipients are named under a letter.
MOST_NAMES = 100
#: So many letters of a talk are listed beside one of them.
MOST_TALK = 20


@dataclass(frozen=True)
class File:
    """A file of a letter, as pages show it."""

    id: int
    name: str
    size: str


@dataclass(frozen=True)
class Talk:
    """Another letter of the same talk."""

    id: int
    who: str
    at: dt.datetime
    here: bool


@dataclass(frozen=True)
class Sent:
    """What became of a letter at an outside address."""

    address: str
    state: str
    words: str
    at: dt.datetime


@dataclass(frozen=True)
class Letter:
    """A letter as one of its holders sees it."""

    copy: Copy
    message: Message
    who: str
    own: bool
    html: Any
    to: str
    more: int
    files: list[File]
    talk: list[Talk]
    outside: list[Sent]
    may_answer: bool
    answer_all: bool
    reported: bool
    readers: int | None = None
    folders: list[Shelf] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)


def letter(actor: Actor, copy_id: int) -> Letter:
    """A letter of one's own mailbox: at most nine statements, whatever its size.

    :raises NotThere: it is not there, or not in the mailbox of this side.
    """
    found = copy(actor, copy_id)
    message = found.message
    own = found.part == AUTHOR
    named, more = _recipients(message, own)
    folders, unread = shelves(actor)
    return Letter(
        copy=found, message=message, who=_author(message), own=own,
        html=markup.markdown(message.text), to=named or message.addressed, more=more,
        files=files_of(message.id), talk=_talk(actor, message),
        outside=_outside(message) if own else [],
        may_answer=_may_answer(found),
        answer_all=_has_others(message),
        reported=Report.select()
        .where(Report.message == message, Report.reporter == actor.person_id)
        .exists(),
        readers=_readers(message) if own and message.kind == BROADCAST else None,
        folders=folders, unread=unread,
    )  # fmt: skip


def _may_answer(found: Copy) -> bool:
    """Whether there is somebody to answer to: not the school itself, not somebody erased."""
    message = found.message
    return (
        message.sent_at is not None
        and message.kind != SCHOOL
        and (found.part == AUTHOR or message.author_id is not None)
    )


def _has_others(message: Message) -> bool:
    """Whether all can be answered: never in a letter to groups."""
    return message.kind != BROADCAST and message.recipients > 1 and bool(message.open_list)


def _author(message: Message) -> str:
    if message.kind == SCHOOL:
        return sender(SCHOOL, ())
    return message.author.name if message.author_id else str(_("deleted user"))


def _recipients(message: Message, own: bool) -> tuple[str, int]:
    """Names of the recipients for whoever may see them, and how many are left out."""
    if message.sent_at is None or not (message.open_list or (own and message.kind != BROADCAST)):
        return "", 0
    found = rows(
        "SELECT p.surname, p.given_name, p.patronymic FROM mail_copy c "
        "JOIN core_person p ON p.id = c.owner_id "
        "WHERE c.message_id = ? AND c.part <> ? ORDER BY p.sort_key, c.id LIMIT ?",
        [message.id, AUTHOR, MOST_NAMES],
    )
    named = ", ".join(book.short_name(*row) for row in found)
    return named, max(0, message.recipients - len(found)) if len(found) == MOST_NAMES else 0


def files_of(message_id: int) -> list[File]:
    """The files of a letter; one statement."""
    query = (
        StoredFile.select()
        .join(Attachment, on=(Attachment.file == StoredFile.id))
        .where(Attachment.message == message_id)
        .order_by(Attachment.id)
    )
    return [File(row.id, row.name, files.in_words(row.size)) for row in query]


_TALK = """
    SELECT c.id, c.part, m.kind, p.surname, p.given_name, p.patronymic, m.sent_at, m.id
      FROM mail_copy c JOIN mail_message m ON m.id = c.message_id
      LEFT JOIN core_person p ON p.id = m.author_id
     WHERE m.thread = ? AND c.owner_id = ? AND c.side = ? AND c.box <> 'nowhere'
       AND m.sent_at IS NOT NULL
     ORDER BY m.sent_at DESC, m.id DESC LIMIT ?
"""


def _talk(actor: Actor, message: Message) -> list[Talk]:
    if message.thread is None:
        return []
    found = rows(_TALK, [message.thread, actor.person_id, actor.side, MOST_TALK])
    told = [
        Talk(row[0], _("I") if row[1] == AUTHOR else sender(row[2], row[3:6]), as_stamp(row[6]),
             row[7] == message.id)
        for row in reversed(found)
    ]  # fmt: skip
    return told if len(told) > 1 else []


def _outside(message: Message) -> list[Sent]:
    query = Outside.select().where(Outside.message == message).order_by(Outside.id)
    # A worker that was killed while it handed over could not write down how it ended.
    long_ago = clock.stamp() - dt.timedelta(minutes=10)
    return [
        Sent(
            row.address,
            UNKNOWN if row.state == LEAVING and row.changed_at < long_ago else row.state,
            row.words, row.changed_at,
        )
        for row in query
    ]  # fmt: skip


def _readers(message: Message) -> int:
    """How many recipients of a letter to groups have opened it; nobody is named."""
    found = rows(
        "SELECT COUNT(*) FROM mail_copy WHERE message_id = ? AND part = ? AND read_at IS NOT NULL",
        [message.id, HIDDEN],
    )
    return int(found[0][0])


def may_read_file(actor: Actor, row: StoredFile) -> bool:
    """Whether the actor may have a file: exactly the holders of a copy of a letter with it.

    And a moderator, while a letter with it is among the reported ones.
    """
    letters = Attachment.select(Attachment.message).where(Attachment.file == row.id)
    if actor.holds(USE) and Copy.select().where(Copy.message.in_(letters), mine(actor)).exists():
        return True
    return actor.holds(MODERATE) and Report.select().where(Report.message.in_(letters)).exists()


# --- writing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """What the page of writing begins with."""

    copy_id: int | None = None
    message_id: int | None = None
    version: int = 0
    kind: str = "letter"
    to: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    answers: int | None = None  # number of the letter that is answered
    forwards: int | None = None  # number of the own copy whose files go along
    files: list[File] = field(default_factory=list)
    left_out: int = 0  # recipients of the first letter to whom the actor may not write


def draft(actor: Actor, copy_id: int) -> Draft:
    """A draft of one's own; raises ``NotThere`` for everything else."""
    found = copy(actor, copy_id)
    message = found.message
    if found.box != DRAFTS or message.sent_at is not None:
        raise not_there()
    chosen = message.chosen or {}
    return Draft(
        copy_id=found.id, message_id=message.id, version=message.version, kind=message.kind,
        to=chosen.get("to", []), keys=chosen.get("keys", []), outside=chosen.get("outside", []),
        subject=message.subject, text=message.text, answers=message.answers,
        files=files_of(message.id),
    )  # fmt: skip


def _prefixed(prefix: str, subject: str) -> str:
    """«Re: …» once, however long the talk goes on."""
    return subject if subject.lower().startswith(prefix.lower()) else f"{prefix} {subject}"[:200]


def answer(actor: Actor, copy_id: int, everybody: bool = False) -> Draft:
    """An answer to a letter: to its author, or to all who could be seen in it.

    Of a letter to groups only the author is answered, however it is asked.

    :raises NotThere: there is no such letter, or nobody to answer to.
    """
    found = copy(actor, copy_id)
    message, own = found.message, found.part == AUTHOR
    if not _may_answer(found):
        raise not_there()
    wanted: list[book.Address] = []
    if not own:
        wanted.append((message.author_id, message.side))
    if (own or (everybody and _has_others(message))) and message.kind != BROADCAST:
        wanted += [
            (row.owner_id, row.side)
            for row in Copy.select().where(Copy.message == message, Copy.part == TO)
        ]
    me = (actor.person_id, actor.side)
    wanted = [one for one in dict.fromkeys(wanted) if one != me]
    may = allowed_with(actor, wanted, message.id)
    kept = [book.token(one) for one in wanted if one in may]
    return Draft(
        to=kept, subject=_prefixed("Re:", message.subject), answers=message.id,
        text="\n\n" + markup.quote(message.text, _short_author(message)).rstrip(),
        left_out=len(wanted) - len(kept),
    )  # fmt: skip


def _short_author(message: Message) -> str:
    return message.author.short_name if message.author_id else sender(message.kind, (None,) * 3)


def forward(actor: Actor, copy_id: int) -> Draft:
    """A letter handed on, with its files; raises ``NotThere``."""
    found = copy(actor, copy_id)
    if found.message.sent_at is None:
        raise not_there()
    return Draft(
        subject=_prefixed("Fwd:", found.message.subject), forwards=found.id,
        text="\n\n" + markup.quote(found.message.text, _short_author(found.message)).rstrip(),
        files=files_of(found.message_id),
    )  # fmt: skip


def allowed_with(
    actor: Actor, wanted: list[book.Address], answers: int | None
) -> frozenset[book.Address]:
    """Those to whom the actor may write, with the author of the letter that is answered.

    Whoever wrote to somebody may be answered, whatever the book says.
    """
    may = book.allowed(actor, wanted)
    if answers is None or may >= set(wanted):
        return may
    first = answered(actor, answers)
    if first is not None and first.author_id is not None:
        author = (first.author_id, first.side)
        if author in wanted and author[1] in book.boxes([author[0]]).get(author[0], set()):
            may |= {author}
    return may


def answered(actor: Actor, message_id: int) -> Message | None:
    """A letter that the actor has received, on this side, to answer it."""
    found: Message | None = (
        Message.select()
        .join(Copy, on=(Copy.message == Message.id))
        .where(
            Message.id == message_id,
            Message.sent_at.is_null(False),
            mine(actor),
            Copy.part != AUTHOR,
        )
        .first()
    )  # fmt: skip
    return found


def contacts(actor: Actor, tokens: list[str], answers: int | None) -> list[book.Contact]:
    """The chosen recipients in words; whom the actor may not write to has no name."""
    wanted = book.addresses(tokens)
    told = {one.address: one for one in book.known(actor, wanted)}
    rest = [one for one in wanted if one not in told]
    if rest:
        may = allowed_with(actor, rest, answers)
        named = book.names([one for one in rest if one in may])
        for one in rest:
            name = named.get(one)
            about = "" if name else str(_("you may not write to this person"))
            told[one] = book.Contact(one, name or str(_("somebody")), about)
    return [told[one] for one in wanted]


def may_send_outside(actor: Actor) -> bool:
    """Whether the actor may name outside addresses: the right, and the rule of the school."""
    return actor.holds(OUTSIDE) and bool(policy.rule("outside"))


def quota(actor: Actor) -> int:
    """How many bytes of files the actor may keep in the mail."""
    name = "family_mb" if actor.side == FAMILY else "staff_mb"
    return int(policy.rule(name)) * 1024 * 1024


def key_titles(keys: list[str]) -> list[str]:
    """Groups of a letter in words."""
    return list(audience.titles(keys).values())
