"""Letters that are being written: kept on the server from the first words on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, audience, clock, files
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_mail import policy, queries
from asurso_mail.models import AUTHOR, BROADCAST, DRAFTS, LETTER, Attachment, Copy, Message
from asurso_mail.permissions import USE
from asurso_mail.services import texts


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What somebody has typed: recipients as tokens, keys or outside addresses, and the words.

    ``answers`` is the number of the letter that is answered, ``forwards`` that of the own copy
    whose files go along. ``version`` is that of the draft it was opened with; ``op`` names the page
    on which it was begun, so that it is kept and sent once.
    """

    kind: str = LETTER
    to: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    answers: int | None = None
    forwards: int | None = None
    draft: int | None = None  # number of the copy among the drafts
    version: int = 0
    op: str = ""


def save_draft(actor: Actor, letter: Letter) -> Copy:
    """Keep what was typed so far; returns the draft's copy with the new version in its letter.

    Wrong addresses are kept as typed: a draft may be wrong. Rights are asked at sending.

    :raises Conflict: the draft was changed in another tab meanwhile.
    :raises NotThere: there is no such draft.
    :raises Invalid: what cannot be stored at all.
    """
    access.require_any(actor, USE)
    with transaction():
        return put(actor, letter)


def put(actor: Actor, letter: Letter) -> Copy:
    """Write a draft, or make one; call inside the transaction of the deed."""
    now = clock.stamp()
    values = _values(letter)
    copy = _find(actor, letter)
    if copy is None:
        message: Message = Message.create(
            author=actor.person_id, side=actor.side, created_at=now, op=letter.op or None,
            answers=_answered(actor, letter.answers), **values,
        )  # fmt: skip
        copy = Copy.create(
            message=message, owner=actor.person_id, side=actor.side, part=AUTHOR, box=DRAFTS,
            at=now, read_at=now,
        )  # fmt: skip
        if letter.forwards is not None:
            _take_along(actor, message, letter.forwards)
        return copy
    message = copy.message
    version = letter.version if letter.draft is not None else message.version
    done = (
        Message.update(version=Message.version + 1, **values)
        .where(Message.id == message.id, Message.version == version, Message.sent_at.is_null())
        .execute()
    )
    if not done:
        raise Conflict(_("This letter was changed or sent in another window."))
    Copy.update(at=now).where(Copy.id == copy.id).execute()
    found: Copy = queries.copy(actor, copy.id)
    return found


def _find(actor: Actor, letter: Letter) -> Copy | None:
    """The draft that is meant: by its number, or by the page on which it was begun."""
    if letter.draft is not None:
        found: Copy = queries.copy(actor, letter.draft)
        if found.box != DRAFTS:
            raise Conflict(_("This letter was changed or sent in another window."))
        return found
    if not letter.op:
        return None
    begun: Copy | None = (
        Copy.select(Copy, Message)
        .join(Message)
        .where(queries.mine(actor), Copy.part == AUTHOR, Copy.box == DRAFTS)
        .where(Message.op == letter.op)
        .first()
    )
    return begun


def _answered(actor: Actor, number: int | None) -> int | None:
    """The number of the letter that is answered, if the actor holds a copy of it."""
    if number is None or not 0 < number < 2**31:
        return None
    held = Copy.select().where(queries.mine(actor), Copy.message == number)
    return number if held.exists() else None


def _values(letter: Letter) -> dict[str, Any]:
    kind = BROADCAST if letter.kind == BROADCAST else LETTER
    outside = [one.strip()[:254] for one in letter.outside if one.strip()]
    if not all(texts.is_storable(one) for one in outside):
        raise Invalid(fields={"outside": [_("There is an address that cannot be stored.")]})
    chosen = {
        "to": [queries.token(one) for one in queries.addresses(letter.to)][: policy.MOST_NAMED * 2],
        "keys": _keys(letter.keys) if kind == BROADCAST else [],
        "outside": outside[: policy.MOST_OUTSIDE * 2] if kind == LETTER else [],
    }
    return {
        "kind": kind, "subject": texts.subject_of(letter.subject),
        "text": texts.text_of(letter.text), "chosen": chosen, "addressed": in_words(kind, chosen),
    }  # fmt: skip


def _keys(keys: Iterable[str]) -> list[str]:
    found = []
    for key in dict.fromkeys(keys):
        try:
            audience.parse(key)
        except Invalid as refusal:
            raise Invalid(fields={"keys": [refusal.message]}) from refusal
        found.append(key)
    return found[:200]


def in_words(kind: str, chosen: dict[str, list[str]]) -> str:
    """For whom a letter is, as lists show it: names or groups, as many as fit."""
    if kind == BROADCAST:
        named = list(audience.titles(chosen["keys"]).values())
    else:
        named = [*queries.names(queries.addresses(chosen["to"])).values(), *chosen["outside"]]
    text = ", ".join(named)
    return text if len(text) <= 255 else f"{text[:254].rsplit(', ', 1)[0]}, …"


# --- files -------------------------------------------------------------------------------------


def add_files(actor: Actor, copy_id: int, uploads: Iterable[Any]) -> None:
    """Hang files on a draft.

    :raises Invalid: a file is not accepted, there are too many, they are too large together, or
        the actor's room for files is used up.
    """
    received = [files.receive(queries.FILE_KIND, one) for one in uploads]
    with transaction():
        draft = queries.draft(actor, copy_id)
        attach(actor, Message.get_by_id(draft.message_id), received)


def attach(actor: Actor, message: Message, received: list[files.Received]) -> None:
    """Put judged files on a draft; call inside the transaction of the deed."""
    if not received:
        return
    for one in received:
        row = files.save(actor, queries.FILE_KIND, one, target=f"mail.message:{message.id}")
        Attachment.create(message=message, file=row.id)
    _demand_measure(message)
    # Saving the rows has locked the actor's person on PostgreSQL: two uploads add up.
    if files.used(actor.person_id, queries.FILE_KIND) > queries.quota(actor):
        raise Invalid(
            fields={
                "file": [
                    _("There is no room left for your files: %(size)s are allowed. Delete "
                      "letters with files, also from the trash.",
                      size=files.in_words(queries.quota(actor)))
                ]
            }
        )  # fmt: skip


def _demand_measure(message: Message) -> None:
    sizes = [
        row.size
        for row in StoredFile.select(StoredFile.size).join(
            Attachment, on=(Attachment.file == StoredFile.id)
        ).where(Attachment.message == message)
    ]  # fmt: skip
    if len(sizes) > policy.MOST_FILES:
        raise Invalid(
            fields={"file": [_("At most %(most)s files fit into one letter.",
                               most=policy.MOST_FILES)]}
        )  # fmt: skip
    most = int(policy.rule("letter_mb")) * 1024 * 1024
    if sum(sizes) > most:
        raise Invalid(
            fields={"file": [_("The files of one letter may have %(size)s together.",
                               size=files.in_words(most))]}
        )  # fmt: skip


def _take_along(actor: Actor, message: Message, copy_id: int) -> None:
    """The files of a letter that is handed on: the same rows, nothing is stored again."""
    first = queries.copy(actor, copy_id).message
    for row in Attachment.select().where(Attachment.message == first).order_by(Attachment.id):
        Attachment.create(message=message, file=row.file)
    _demand_measure(message)


def drop_file(actor: Actor, copy_id: int, file_id: int) -> None:
    """Take a file off a draft."""
    with transaction():
        draft = queries.draft(actor, copy_id)
        gone = Attachment.delete().where(
            Attachment.message == draft.message_id, Attachment.file == file_id
        )
        if not gone.execute():
            raise queries.not_there()
        drop_unused(actor, [file_id])


def drop_unused(actor: Actor, file_ids: Iterable[int]) -> None:
    """Forget files that no letter has any more; call inside a transaction."""
    wanted = list(file_ids)
    kept = {row.file for row in Attachment.select().where(Attachment.file.in_(wanted or [0]))}
    for row in StoredFile.select().where(StoredFile.id.in_([*(set(wanted) - kept), 0])):
        if row.kind == queries.FILE_KIND:
            files.drop(actor, row)


def discard(actor: Actor, copy_id: int) -> None:
    """Throw a draft away: it was never a letter, so nothing of it stays."""
    with transaction():
        draft = queries.draft(actor, copy_id)
        hung = [
            row.file for row in Attachment.select().where(Attachment.message == draft.message_id)
        ]
        Attachment.delete().where(Attachment.message == draft.message_id).execute()
        drop_unused(actor, hung)
        Copy.delete().where(Copy.message == draft.message_id).execute()
        Message.delete().where(Message.id == draft.message_id).execute()
