"""What people do with their copies: read, move, throw away, bring back; own folders."""

from __future__ import annotations

from collections.abc import Collection

from asurso_core import access, clock, files, notices
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.text import fold
from asurso_mail import policy, queries
from asurso_mail.models import (
    AUTHOR,
    DRAFTS,
    FOLDER,
    INBOX,
    NOWHERE,
    SENT,
    TRASH,
    Attachment,
    Copy,
    Folder,
    Message,
)
from asurso_mail.permissions import USE
from asurso_mail.services import drafts, texts


def mark(actor: Actor, ids: Collection[int], *, read: bool) -> int:
    """Mark letters as read, or as not read; own ones are always read. How many are marked now."""
    access.require_any(actor, USE)
    with transaction():
        got = [one for one in queries.copies(actor, list(ids)) if one.part != AUTHOR]
        moment = clock.stamp() if read else None
        query = Copy.update(read_at=moment).where(Copy.id.in_([*(one.id for one in got), 0]))
        if read:
            for one in got:
                if one.read_at is None:
                    notices.seen(actor, queries.address_of(one.message_id))
            query = query.where(Copy.read_at.is_null())  # the first reading counts
        return int(query.execute())


def trash(actor: Actor, ids: Collection[int]) -> int:
    """Put letters into the trash; drafts go at once, they were never letters."""
    access.require_any(actor, USE)
    with transaction():
        found = queries.copies(actor, list(ids))
        for one in found:
            if one.box == DRAFTS:
                drafts.discard(actor, one.id)
        moving = [one.id for one in found if one.box not in {DRAFTS, TRASH}]
        Copy.update(box=TRASH, trashed_at=clock.stamp()).where(Copy.id.in_(moving or [0])).execute()
        return len([one for one in found if one.box != TRASH])


def restore(actor: Actor, ids: Collection[int]) -> int:
    """Bring letters back from the trash to where they lay."""
    access.require_any(actor, USE)
    with transaction():
        found = [one for one in queries.copies(actor, list(ids)) if one.box == TRASH]
        for one in found:
            one.box = FOLDER if one.folder_id else (SENT if one.part == AUTHOR else INBOX)
            one.trashed_at = None
            one.save()
        return len(found)


def move(actor: Actor, ids: Collection[int], place: str) -> int:
    """Move letters to ``inbox`` or ``folder:7``; own ones go back to the sent ones.

    :raises NotThere: it is not an own folder.
    """
    access.require_any(actor, USE)
    with transaction():
        folder = None
        if place != INBOX:
            folder = queries.own_folder(actor, place.removeprefix("folder:"))
        found = [one for one in queries.copies(actor, list(ids)) if one.box != DRAFTS]
        for one in found:
            one.folder = folder
            one.box = FOLDER if folder else (SENT if one.part == AUTHOR else INBOX)
            one.trashed_at = None
            one.save()
        return len(found)


def delete_for_good(actor: Actor, ids: Collection[int]) -> int:
    """Take letters out of the trash for good; others keep their copies."""
    access.require_any(actor, USE)
    with transaction():
        found = [one.id for one in queries.copies(actor, list(ids)) if one.box == TRASH]
        forget(Copy.id.in_(found or [0]))
        return len(found)


def forget(condition: object) -> None:
    """Let go of copies in the trash; call inside a transaction.

    The row stays as long as others hold the letter, so that they see all its recipients. The room
    that the files of an own letter filled is free again.
    """
    authors = Copy.select(Copy.message).where(condition, Copy.box == TRASH, Copy.part == AUTHOR)
    hung = Attachment.select(Attachment.file).where(Attachment.message.in_(authors))
    numbers = {row.file for row in hung}
    # A file that hangs on another letter which its owner still keeps goes on filling the room.
    kept = (
        Attachment.select(Attachment.file)
        .join(Message)
        .join(Copy, on=(Copy.message == Message.id))
        .where(Attachment.file.in_(numbers or [0]), Copy.part == AUTHOR, Copy.box != NOWHERE)
        .where(~(Copy.message.in_(authors)))
    )
    files.disown(numbers - {row.file for row in kept})
    Copy.update(box=NOWHERE, folder=None).where(condition, Copy.box == TRASH).execute()


# --- folders -----------------------------------------------------------------------------------


def _name(actor: Actor, name: str, besides: int = 0) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 60 or not texts.is_one_line(name):
        raise Invalid(fields={"name": [_("Give the folder a name of up to 60 characters.")]})
    own = Folder.select().where(Folder.owner == actor.person_id, Folder.side == actor.side)
    if own.where(Folder.name_key == fold(name), Folder.id != besides).exists():
        raise Invalid(fields={"name": [_("There is a folder of this name already.")]})
    if not besides and own.count() >= policy.MOST_FOLDERS:
        raise Invalid(
            fields={"name": [_("%(most)s folders are enough. Delete one first.",
                               most=policy.MOST_FOLDERS)]}
        )  # fmt: skip
    return name


def make_folder(actor: Actor, name: str) -> Folder:
    """Make a folder of one's own.

    :raises Invalid: no name, one that is there already, or too many folders.
    """
    access.require_any(actor, USE)
    with transaction():
        name = _name(actor, name)
        made: Folder = Folder.create(
            owner=actor.person_id, side=actor.side, name=name, name_key=fold(name)
        )
    return made


def rename_folder(actor: Actor, folder_id: int, name: str) -> Folder:
    """Give an own folder another name; raises as :func:`make_folder`."""
    access.require_any(actor, USE)
    with transaction():
        folder = queries.own_folder(actor, folder_id)
        folder.name = _name(actor, name, folder.id)
        folder.name_key = fold(folder.name)
        folder.save()
    return folder


def drop_folder(actor: Actor, folder_id: int) -> None:
    """Delete an own folder; its letters go back to the inbox, own ones to the sent ones."""
    access.require_any(actor, USE)
    with transaction():
        folder = queries.own_folder(actor, folder_id)
        held = Copy.folder == folder
        Copy.update(box=SENT).where(held, Copy.box == FOLDER, Copy.part == AUTHOR).execute()
        Copy.update(box=INBOX).where(held, Copy.box == FOLDER).execute()
        Copy.update(folder=None).where(held).execute()
        Folder.delete().where(Folder.id == folder.id).execute()
