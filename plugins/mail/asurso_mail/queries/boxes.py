"""Lists of letters: the boxes, own folders, the search in them, and what is unread."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, fulltext, markup
from asurso_core.actors import Actor
from asurso_core.db import as_stamp, rows, russian_order, stamp_value
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_mail.models import (
    AUTHOR,
    DRAFTS,
    FOLDER,
    INBOX,
    NOWHERE,
    SCHOOL,
    TRASH,
    Copy,
    Folder,
    Message,
)
from asurso_mail.permissions import USE
from asurso_mail.queries.book import short_name

PER_PAGE = 50
#: How many found letters a page of the search shows.
MOST_FOUND = 50


def not_there() -> NotThere:
    """The refusal that tells nothing about what exists."""
    return NotThere(_("There is no such page, or it is not open to you."))


def mine(actor: Actor) -> Any:
    """The condition of one's own copies, on the side one looks from: there is no other reading.

    :raises Refused: the actor has no mailbox.
    """
    access.require_any(actor, USE)
    return (
        (Copy.owner == (actor.person_id or 0)) & (Copy.side == actor.side) & (Copy.box != NOWHERE)
    )


@dataclass(frozen=True)
class Line:
    """A letter in a list."""

    id: int
    message_id: int
    who: str
    subject: str
    excerpt: str
    at: dt.datetime
    unread: bool
    own: bool
    draft: bool
    broadcast: bool
    files: bool
    box: str


@dataclass(frozen=True)
class Box:
    """One page of a box or folder; ``newer`` and ``older`` are cursors, empty at the ends."""

    name: str
    folder: Folder | None
    lines: list[Line]
    newer: str = ""
    older: str = ""
    folders: list[Shelf] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How forms name this place."""
        return f"folder:{self.folder.id}" if self.folder else self.name


@dataclass(frozen=True)
class Shelf:
    """An own folder and how many unread letters lie in it."""

    id: int
    name: str
    unread: int


_LINES = """
    SELECT c.id, c.message_id, m.kind, m.author_id, p.surname, p.given_name, p.patronymic,
           m.subject, SUBSTR(m.text, 1, 400), c.at, c.read_at, c.part, c.box, m.addressed,
           EXISTS (SELECT 1 FROM mail_attachment a WHERE a.message_id = m.id)
      FROM mail_copy c
      JOIN mail_message m ON m.id = c.message_id
      LEFT JOIN core_person p ON p.id = m.author_id
"""


def sender(kind: str, name: tuple[Any, ...]) -> str:
    """Who wrote a letter, in words."""
    return str(_("School mail")) if kind == SCHOOL else short_name(*name)


def _line(row: tuple[Any, ...], wanted: set[str] | None = None) -> Line:
    own = row[11] == AUTHOR
    who = row[13] if own else sender(row[2], row[4:7])
    return Line(
        id=row[0], message_id=row[1], who=who, subject=row[7],
        excerpt=_excerpt(row[8], wanted or set()), at=as_stamp(row[9]), unread=row[10] is None,
        own=own, draft=row[12] == DRAFTS, broadcast=row[2] == "broadcast", files=bool(row[14]),
        box=row[12],
    )  # fmt: skip


def _excerpt(text: str, wanted: set[str], width: int = 140) -> str:
    """The beginning of a text in plain words, or a piece around the first found word."""
    words = markup.plain(text).split()
    at = next((n for n, word in enumerate(words) if wanted & set(fulltext.stems(word))), 0)
    start = max(0, at - 8)
    piece = " ".join(words[start:])
    return f"{'… ' if start else ''}{piece[:width]}{' …' if len(piece) > width else ''}"


_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?)_([1-9]\d{0,9})")


def _read_cursor(text: str) -> tuple[Any, int] | None:
    found = _CURSOR.fullmatch(text)
    if found is None or int(found[2]) >= 2**31:
        return None
    try:
        return stamp_value(dt.datetime.fromisoformat(found[1])), int(found[2])
    except ValueError:
        return None


def _cursor(line: Line) -> str:
    return f"{line.at.isoformat()}_{line.id}"


def box(actor: Actor, name: str, *, before: str = "", after: str = "") -> Box:
    """A page of a box, the newest first; after or before a cursor of another page.

    Four statements, however many letters there are and whatever page it is: a page is found by
    its place in the index, not by counting those before it.

    :raises NotThere: an unknown box, or somebody else's folder.
    """
    mine(actor)
    folder = None
    place, params = "c.owner_id = ? AND c.side = ? AND c.box = ?", [actor.person_id, actor.side]
    if name.startswith("folder:"):
        folder = own_folder(actor, name.removeprefix("folder:"))
        place = "c.folder_id = ? AND c.owner_id = ? AND c.side = ? AND c.box = ?"
        params = [folder.id, *params]
    elif name not in {INBOX, "sent", DRAFTS, TRASH}:
        raise not_there()
    params.append(FOLDER if folder else name)
    mark, backwards = _read_cursor(before), False
    if mark is None and after:
        mark, backwards = _read_cursor(after), True
    beyond = ""
    if mark is not None:
        sign = ">" if backwards else "<"
        beyond = f" AND (c.at, c.id) {sign} (?, ?)"
        params += list(mark)
    order = "ASC" if backwards and mark is not None else "DESC"
    found = rows(
        f"{_LINES} WHERE {place}{beyond} ORDER BY c.at {order}, c.id {order} LIMIT ?",
        [*params, PER_PAGE + 1],
    )
    lines = [_line(row) for row in found]
    more = len(lines) > PER_PAGE
    lines = lines[:PER_PAGE]
    backwards = backwards and mark is not None
    if backwards:
        lines.reverse()
    has_newer, has_older = (more, True) if backwards else (mark is not None, more)
    folders, unread = shelves(actor)
    return Box(
        name=FOLDER if folder else name, folder=folder, lines=lines,
        newer=_cursor(lines[0]) if lines and has_newer else "",
        older=_cursor(lines[-1]) if lines and has_older else "",
        folders=folders, unread=unread,
    )  # fmt: skip


def own_folder(actor: Actor, number: str | int) -> Folder:
    """An own folder by its number; raises ``NotThere`` for every other one."""
    text = str(number)
    if text.isascii() and text.isdecimal() and len(text) < 10:
        found: Folder | None = Folder.get_or_none(
            Folder.id == int(text), Folder.owner == actor.person_id, Folder.side == actor.side
        )
        if found is not None:
            return found
    raise not_there()


_UNREAD = """
    SELECT c.box, c.folder_id, COUNT(*) FROM mail_copy c
     WHERE c.owner_id = ? AND c.side = ? AND c.read_at IS NULL AND c.box IN ('inbox', 'folder')
     GROUP BY c.box, c.folder_id
"""


def shelves(actor: Actor) -> tuple[list[Shelf], dict[str, int]]:
    """Own folders, and how much is unread by box; two statements."""
    counted = rows(_UNREAD, [actor.person_id, actor.side])
    by_folder = {folder: number for box_, folder, number in counted if box_ == FOLDER}
    query = (
        Folder.select()
        .where(Folder.owner == actor.person_id, Folder.side == actor.side)
        .order_by(russian_order(Folder.name), Folder.id)
    )
    folders = [Shelf(row.id, row.name, by_folder.get(row.id, 0)) for row in query]
    inbox = sum(number for box_, _folder, number in counted if box_ == INBOX)
    return folders, {INBOX: inbox}


def fresh(actor: Actor, limit: int = 5) -> list[Line]:
    """Unread letters, the newest first: for the start page; one statement."""
    mine(actor)
    found = rows(
        f"{_LINES} WHERE c.owner_id = ? AND c.side = ? AND c.read_at IS NULL "
        "AND c.box IN ('inbox', 'folder') ORDER BY c.at DESC, c.id DESC LIMIT ?",
        [actor.person_id, actor.side, limit],
    )
    return [_line(row) for row in found]


@dataclass(frozen=True)
class Found:
    """What a search has found; ``more`` says that there is more than is shown."""

    lines: list[Line]
    more: bool = False


def search(actor: Actor, text: str, limit: int = MOST_FOUND) -> Found:
    """Own letters that hold every word, in whatever form; newest first. Drafts are not searched."""
    if not actor.holds(USE):
        return Found([])
    query = (
        Copy.select(Copy.id)
        .join(Message)
        .where(mine(actor), Copy.message.in_(fulltext.find("mail", "message", text)))
        .where(Message.sent_at.is_null(False))
        .order_by(Copy.at.desc(), Copy.id.desc())
        .limit(limit + 1)
    )
    ids = [row.id for row in query]
    if not ids:
        return Found([])
    wanted = set(fulltext.stems(text))
    found = rows(f"{_LINES} WHERE c.id IN ? ORDER BY c.at DESC, c.id DESC", [ids[:limit]])
    return Found([_line(row, wanted) for row in found], len(ids) > limit)


def copies(actor: Actor, ids: list[int]) -> list[Copy]:
    """Those of the ids that are own copies; others are silently left out."""
    wanted = [one for one in ids if 0 < one < 2**31][: PER_PAGE * 4]
    return list(Copy.select().where(mine(actor), Copy.id.in_(wanted or [0])))


def copy(actor: Actor, copy_id: int) -> Copy:
    """An own copy with its letter; raises ``NotThere``."""
    found: Copy | None = None
    if 0 < copy_id < 2**31:
        found = (
            Copy.select(Copy, Message).join(Message).where(Copy.id == copy_id, mine(actor)).first()
        )
    if found is None:
        raise not_there()
    return found
