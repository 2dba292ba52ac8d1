"""The nightly work: the trash is emptied, and letters that nobody holds any more are forgotten."""

from __future__ import annotations

import datetime as dt

from asurso_core import access, clock, files, fulltext
from asurso_core.actors import Actor, system
from asurso_core.db import rows, transaction
from asurso_core.files import StoredFile
from asurso_mail import policy, queries
from asurso_mail.models import OPEN, TRASH, Attachment, Copy, Folder, Message, Outside, Report
from asurso_mail.permissions import USE
from asurso_mail.services.drafts import drop_unused
from asurso_mail.services.sorting import forget

#: A decided report keeps its letter for so long: for questions, and for a second case.
KEEP_REPORTS = dt.timedelta(days=365)
#: So many letters are forgotten in one transaction.
PORTION = 200

_UNHELD = """
    SELECT m.id FROM mail_message m
     WHERE NOT EXISTS (SELECT 1 FROM mail_copy c
                        WHERE c.message_id = m.id AND c.box <> 'nowhere')
       AND NOT EXISTS (SELECT 1 FROM mail_report r WHERE r.message_id = m.id)
       AND NOT EXISTS (SELECT 1 FROM mail_outside o
                        WHERE o.message_id = m.id AND o.state IN ('waiting', 'leaving'))
     ORDER BY m.id LIMIT ?
"""


def clean(actor: Actor) -> int:
    """Empty what lies in the trash for longer than the school says; forget what nobody holds.

    Returns how many letters are gone. Repeating it does no harm.
    """
    with transaction():
        oldest = clock.stamp() - dt.timedelta(days=int(policy.rule("trash_days")))
        forget(Copy.trashed_at < oldest)
        Report.delete().where(
            Report.state != OPEN, Report.decided_at < clock.stamp() - KEEP_REPORTS
        ).execute()
    gone = 0
    while True:
        with transaction():
            ids = [id_ for (id_,) in rows(_UNHELD, [PORTION])]
            _forget_letters(actor, ids)
        gone += len(ids)
        if len(ids) < PORTION:
            return gone


def _forget_letters(actor: Actor, ids: list[int]) -> None:
    if not ids:
        return
    hung = [row.file for row in Attachment.select().where(Attachment.message.in_(ids))]
    for model in (Attachment, Outside, Copy):
        model.delete().where(model.message.in_(ids)).execute()
    drop_unused(actor, hung)
    fulltext.remove("mail", "message", ids)
    Message.delete().where(Message.id.in_(ids)).execute()


def empty_trash(actor: Actor) -> int:
    """Empty one's own trash now; how many letters went."""
    access.require_any(actor, USE)
    with transaction():
        mine = (Copy.owner == actor.person_id) & (Copy.side == actor.side)
        count = Copy.select().where(mine, Copy.box == TRASH).count()
        forget(mine)
    return int(count)


def forget_person(person_id: int) -> None:
    """Take away what a mailbox holds; letters to others stay with them, without the name.

    Called when a person's data are erased, inside the transaction of it.
    """
    drafts = Message.select(Message.id).where(
        Message.author == person_id, Message.sent_at.is_null()
    )
    numbers = [row.id for row in drafts]
    hung = [row.file for row in Attachment.select().where(Attachment.message.in_(numbers or [0]))]
    Attachment.delete().where(Attachment.message.in_(numbers or [0])).execute()
    own = StoredFile.select().where(
        StoredFile.owner == person_id, StoredFile.kind == queries.FILE_KIND
    )
    files.disown([row.id for row in own])
    Copy.delete().where(Copy.owner == person_id).execute()
    Folder.delete().where(Folder.owner == person_id).execute()
    Message.delete().where(Message.id.in_(numbers or [0])).execute()
    drop_unused(system("erasing a person"), hung)
