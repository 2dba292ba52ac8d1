"""Sending: who gets a copy is worked out in the moment in which it is sent (T26)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Any

from asurso_core import access, audience, audit, clock, files, fulltext, jobs, markup, outbox
from asurso_core.actors import FAMILY, Actor, system
from asurso_core.db import put_rows, rows, stamp_value, transaction
from asurso_core.errors import AsursoError, Conflict, Invalid, Refused
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_mail import policy, queries
from asurso_mail.models import (
    AUTHOR,
    BROADCAST,
    HIDDEN,
    INBOX,
    SCHOOL,
    SENT,
    TO,
    Attachment,
    Copy,
    Message,
    Outside,
)
from asurso_mail.permissions import BROADCAST as MAY_BROADCAST
from asurso_mail.permissions import USE
from asurso_mail.services import texts
from asurso_mail.services.drafts import Letter, attach, put

#: The job that hands one letter to one outside address.
OUTSIDE_JOB = "mail.outside"


class Confirm(AsursoError):
    """A letter to many waits for one more yes; ``count`` people would get it."""

    status = 422
    code = "confirm"

    def __init__(self, count: int) -> None:
        super().__init__(
            ngettext(
                "The letter goes to %(num)s person. Send it?",
                "The letter goes to %(num)s people. Send it?",
                count,
            )
        )
        self.count = count


def send(
    actor: Actor, letter: Letter, *, uploads: Iterable[Any] = (), confirmed: int | None = None
) -> Copy:
    """Send a letter; returns the copy of its author. Sent twice by one page it leaves once.

    ``uploads`` are files that were chosen and not hung on it yet. ``confirmed`` is the number of
    people that the sender of a letter to groups has agreed to.

    :raises Refused: the right to write was taken away, or an hour's measure is full.
    :raises Invalid: no recipient, somebody the actor may not write to, a text that does not fit.
    :raises Confirm: it is a letter to more than :data:`asurso_mail.policy.MANY` people.
    :raises Conflict: the draft was changed in another tab.
    """
    access.require_any(actor, USE)
    done = _sent_before(actor, letter)
    if done is not None:
        return done
    received = [files.receive(queries.FILE_KIND, one) for one in uploads]
    with transaction():
        _demand_may_write(actor)
        copy = put(actor, letter)
        message = Message.get_by_id(copy.message_id)
        attach(actor, message, received)
        if not message.subject and not message.text.strip():
            raise Invalid(fields={"text": [_("Write something.")]})
        if message.kind == BROADCAST:
            targets = _audience(actor, message, confirmed)
        else:
            targets = _named(actor, message)
        outside = _outside_addresses(actor, message)
        if not targets and not outside:
            raise Invalid(fields={_field(message): [_("Choose who shall get the letter.")]})
        _demand_measure(actor, len(targets) + len(outside))
        _hand_out(actor, message, copy, targets, outside)
    return queries.copy(actor, copy.id)


def _field(message: Message) -> str:
    return "keys" if message.kind == BROADCAST else "to"


def _sent_before(actor: Actor, letter: Letter) -> Copy | None:
    """The letter that this very page has sent already: a second press of the button."""
    query = Copy.select(Copy, Message).join(Message).where(
        queries.mine(actor), Copy.part == AUTHOR, Message.sent_at.is_null(False)
    )  # fmt: skip
    found: Copy | None = None
    if letter.op:
        found = query.where(Message.op == letter.op).first()
    if found is None and letter.draft is not None:
        # Sending makes the version one higher: another tab's page has another one.
        found = query.where(Copy.id == letter.draft, Message.version == letter.version + 1).first()
    return found


def _demand_may_write(actor: Actor) -> None:
    ban = queries.ban_of(actor.person_id, actor.side)
    if ban is not None:
        raise Refused(
            _("You cannot write letters until %(day)s: %(reason)s You can read, and talk to your "
              "class teacher.",
              day=ban.until.strftime("%d.%m.%Y"), reason=ban.reason)
        )  # fmt: skip


def _named(actor: Actor, message: Message) -> list[queries.Address]:
    wanted = queries.addresses(message.chosen["to"])
    me = (actor.person_id or 0, actor.side)
    wanted = [one for one in wanted if one != me]
    most = policy.rule("family_named") if actor.side == FAMILY else policy.MOST_NAMED
    if len(wanted) > int(most):
        raise Invalid(
            fields={"to": [_("At most %(most)s people can be named in one letter.", most=most)]}
        )
    may = queries.allowed_with(actor, wanted, message.answers)
    if may < set(wanted):
        raise Invalid(
            fields={"to": [_("You may not write to some of these people: take them off the list.")]}
        )
    return wanted


def _audience(actor: Actor, message: Message, confirmed: int | None) -> list[queries.Address]:
    keys = message.chosen["keys"]
    if not keys:
        raise Invalid(fields={"keys": [_("Choose for whom it is.")]})
    offered = {one.key for one in queries.broadcast_choices(actor)}
    if not actor.holds(MAY_BROADCAST) or not set(keys) <= offered:
        raise Refused(_("You may not write to some of these people."))
    audience.check(actor, MAY_BROADCAST, keys)
    targets = queries.broadcast_members(actor, keys)
    if not targets:
        raise Invalid(fields={"keys": [_("There is nobody in these groups today.")]})
    if len(targets) > policy.MANY and confirmed != len(targets):
        raise Confirm(len(targets))
    return targets


def _outside_addresses(actor: Actor, message: Message) -> list[str]:
    if message.kind == BROADCAST or not message.chosen["outside"]:
        return []
    if not queries.may_send_outside(actor):
        raise Refused(_("You may not send letters to outside addresses."))
    found = texts.outside_of(message.chosen["outside"])
    sent = rows(
        "SELECT COUNT(*) FROM mail_outside o JOIN mail_message m ON m.id = o.message_id "
        "WHERE m.author_id = ? AND m.sent_at >= ?",
        [actor.person_id, stamp_value(_an_hour_ago())],
    )
    most = int(policy.rule("outside_an_hour"))
    if sent[0][0] + len(found) > most:
        raise Refused(
            ngettext(
                "At most %(num)s letter an hour may go to outside addresses. Try again later.",
                "At most %(num)s letters an hour may go to outside addresses. Try again later.",
                most,
            )
        )
    return found


def _an_hour_ago() -> dt.datetime:
    return clock.stamp() - dt.timedelta(hours=1)


_HOUR = """
    SELECT COUNT(*), COALESCE(SUM(m.recipients), 0) FROM mail_message m
     WHERE m.author_id = ? AND m.side = ? AND m.sent_at >= ?
"""


def _demand_measure(actor: Actor, more: int) -> None:
    """Pupils and parents write so many letters an hour, to so many people."""
    if actor.side != FAMILY:
        return
    ((letters, people),) = rows(_HOUR, [actor.person_id, actor.side, stamp_value(_an_hour_ago())])
    most, most_people = int(policy.rule("family_letters")), int(policy.rule("family_recipients"))
    if letters >= most or people + more > most_people:
        raise Refused(
            _("You have written enough letters for this hour. The draft is kept: send it later.")
        )


def _hand_out(
    actor: Actor,
    message: Message,
    copy: Copy,
    targets: list[queries.Address],
    outside: list[str],
) -> None:
    """A draft becomes a letter: copies, the index of words, jobs for what leaves the house."""
    now = clock.stamp()
    broadcast = message.kind == BROADCAST
    first = Message.get_or_none(Message.id == message.answers) if message.answers else None
    done = (
        Message.update(
            sent_at=now, recipients=len(targets) + len(outside),
            thread=(first.thread or first.id) if first else message.id,
            open_list=not broadcast or bool(policy.rule("broadcast_shows")),
            # Outside addresses are the author's: other recipients never see them (T26).
            chosen={"keys": message.chosen["keys"]},
            addressed=message.addressed if broadcast else _names_of(targets),
        )
        .where(Message.id == message.id, Message.sent_at.is_null())
        .execute()
    )  # fmt: skip
    if not done:
        raise Conflict(_("This letter was changed or sent in another window."))
    Copy.update(box=SENT, at=now, read_at=now).where(Copy.id == copy.id).execute()
    _copies(message, targets, HIDDEN if broadcast else TO)
    index(message.id)
    for address in outside:
        row = Outside.create(
            message=message, address=address, mark=secrets.token_hex(16), changed_at=now
        )
        row.job = jobs.enqueue(OUTSIDE_JOB, key=str(row.id), outside=row.id)
        row.save()
    outbox.put("mail.sent", letter=message.id)
    audit.record(
        actor, "mail.broadcast" if broadcast else "mail.sent", f"mail.message:{message.id}",
        after={"people": len(targets), "outside": len(outside), "keys": message.chosen["keys"]},
        topic=None,
    )  # fmt: skip


def _names_of(targets: list[queries.Address]) -> str:
    text = ", ".join(queries.names(targets).values())
    return text if len(text) <= 255 else f"{text[:252].rsplit(', ', 1)[0]}, …"


def _copies(message: Message, targets: list[queries.Address], part: str) -> None:
    """One insert a chunk, however many there are."""
    now = stamp_value(clock.stamp())
    put_rows(
        Copy,
        ["message_id", "owner_id", "side", "part", "box", "at"],
        [(message.id, person, side, part, INBOX, now) for person, side in targets],
    )


def index(message_id: int) -> None:
    """Put the words of a letter where the search finds them: subject, text, names, files.

    Recipients are among them only where all who hold the letter see them.
    """
    message = Message.get_by_id(message_id)
    author = message.author.name if message.author_id else ""
    named = [
        row.name
        for row in StoredFile.select(StoredFile.name).join(
            Attachment, on=(Attachment.file == StoredFile.id)
        ).where(Attachment.message == message_id)
    ]  # fmt: skip
    words = [message.subject, author, message.addressed, *named, markup.plain(message.text)]
    fulltext.put("mail", "message", message_id, " ".join(words))


def index_again(ids: Iterable[int]) -> None:
    """Index letters anew after a name in them was taken away; call inside a transaction."""
    for one in ids:
        index(one)


def send_from_school(person_id: int, side: str, subject: str, text: str) -> Message:
    """A letter of the school itself to one person; call inside the transaction of the deed."""
    now = clock.stamp()
    message: Message = Message.create(
        author=None, side=side, kind=SCHOOL, subject=texts.subject_of(subject),
        text=texts.text_of(text), created_at=now, sent_at=now, recipients=1,
        addressed=_names_of([(person_id, side)]),
    )  # fmt: skip
    message.thread = message.id
    message.save()
    outbox.put("mail.sent", letter=message.id)
    _copies(message, [(person_id, side)], TO)
    index(message.id)
    audit.record(
        system("school mail"), "mail.sent", f"mail.message:{message.id}", person=person_id,
        topic=None,
    )  # fmt: skip
    return message
