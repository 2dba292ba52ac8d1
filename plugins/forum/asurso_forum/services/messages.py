"""Writing, changing and deleting messages."""

from __future__ import annotations

import re
from typing import Any

from asurso_core import access, audit, clock, files, fulltext, markup
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.audit import AuditEntry
from asurso_core.db import rows, transaction
from asurso_core.errors import Conflict, Refused
from asurso_core.i18n import gettext as _
from asurso_core.text import fold
from asurso_forum import policy, queries
from asurso_forum.models import (
    DELETED,
    OPEN,
    WAITING,
    Mention,
    Message,
    OldText,
    ReadMark,
    Report,
    Topic,
)
from asurso_forum.permissions import MODERATE, WRITE
from asurso_forum.services import limits

#: The kind of the files that are pictures of messages.
PICTURE = "forum.image"
#: The most people that one message can name.
MOST_NAMED = 10
_NAMED = re.compile(r"(?<![\w@])@([^\W\d_][\w-]*(?: [^\W\d_][\w-]*){0,2})")


def write(
    actor: Actor, topic_id: int, text: str, *, image: Any = None, operation: str | None = None
) -> Message:
    """Add a message to a topic; sent twice with one ``operation`` it is written once.

    ``image`` is an uploaded picture that is put under the text.

    :raises Refused: the topic is closed, or a pupil has written too much.
    :raises Invalid: the text is empty or too long.
    """
    with transaction():
        topic = queries.topic(actor, topic_id)
        before = repeated(actor, operation)
        if before is not None:
            return before
        if not queries.may_write(actor, topic, topic.section):
            if access.can(actor, WRITE, topic):
                raise Refused(_("This topic is closed: it can be read, but nobody writes in it."))
            raise Refused(_("You can read this section, but not write in it."))
        limits.may_write_now(actor)
        made = add(actor, topic, limits.text_of(actor, text))
        if image is not None:
            _add_picture(actor, made, image)
        audit.record(
            actor, "forum.message_written", f"forum.message:{made.id}",
            after={"topic": topic.id, "number": made.number}, operation=operation, topic=None,
        )  # fmt: skip
    return made


def _add_picture(actor: Actor, message: Message, image: Any) -> None:
    row = files.save(actor, PICTURE, image, target=f"forum.message:{message.id}")
    words = re.sub(r"[\[\]\\]", "", row.name)
    message.text = f"{message.text}\n\n![{words}](<{files.url(row)}>)"
    message.save()


def repeated(actor: Actor, operation: str | None) -> Message | None:
    """The message that this very sending has made before, or None."""
    if not operation:
        return None
    done = AuditEntry.get_or_none(
        AuditEntry.operation == operation, AuditEntry.user == actor.user_id
    )
    if done is None or not done.target.startswith("forum.message:"):
        return None
    found: Message | None = Message.get_or_none(Message.id == int(done.target.split(":")[1]))
    return found


def add(actor: Actor, topic: Topic, text: str) -> Message:
    """Put a checked text into a topic; call inside the transaction of the deed."""
    waits = limits.is_pupil(actor) and bool(policy.rule("pupil_wait"))
    now = clock.stamp()
    # One statement counts and locks: two people who write at once get two numbers.
    ((number,),) = rows(
        "UPDATE forum_topic SET last_number = last_number + 1 WHERE id = ? RETURNING last_number",
        [topic.id],
    )
    made: Message = Message.create(
        topic=topic, number=number, author=actor.person_id, text=text, created_at=now,
        state=WAITING if waits else OPEN,
    )  # fmt: skip
    if not waits:
        shown(made)
    _name(topic.section_id, made)
    if actor.person_id is not None:
        remember(actor.person_id, topic.id, number)
    return made


def shown(message: Message) -> None:
    """A message has become visible to all: the topic moves up, the search finds it."""
    fulltext.put("forum", "message", message.id, _words(message))
    refresh_topic(message.topic_id)


def gone(message: Message) -> None:
    """A message is not visible any more."""
    fulltext.remove("forum", "message", [message.id])
    refresh_topic(message.topic_id)


def refresh_topic(topic_id: int) -> None:
    """Tell a topic again what its last visible message is."""
    last = (
        Message.select(Message.number, Message.created_at)
        .where(Message.topic == topic_id, Message.state == OPEN)
        .order_by(Message.number.desc())
        .first()
    )
    if last is None:
        Topic.update(last_open=0).where(Topic.id == topic_id).execute()
    else:
        Topic.update(last_open=last.number, last_at=last.created_at).where(
            Topic.id == topic_id
        ).execute()


def _words(message: Message) -> str:
    words = markup.plain(message.text)
    return f"{message.topic.title} {words}" if message.number == 1 else words


def _name(section_id: int, message: Message) -> None:
    """Remember whom a message names: one person who writes in this section, without doubt."""
    Mention.delete().where(Mention.message == message).execute()
    named = set()
    for match in list(_NAMED.finditer(message.text))[:MOST_NAMED]:
        words = fold(match[1]).split()
        for count in range(len(words), 0, -1):
            wanted = " ".join(words[:count])
            query = Person.select(Person.id, Person.search_text).where(
                Person.id.in_(queries.writers(section_id)), Person.search_text.startswith(wanted)
            )
            found = [one.id for one in query if f"{one.search_text} ".startswith(f"{wanted} ")]
            if found:
                named |= {found[0]} if len(found) == 1 else set()
                break
    for person in named:
        Mention.create(message=message, person=person)


def remember(person_id: int, topic_id: int, number: int) -> None:
    """Move a person's reading mark of a topic forward; call inside a transaction."""
    ReadMark.insert(person=person_id, topic=topic_id, number=number).on_conflict(
        conflict_target=[ReadMark.person, ReadMark.topic],
        update={ReadMark.number: number},
        where=(ReadMark.number < number),
    ).execute()


def edit(actor: Actor, message_id: int, text: str, *, version: int) -> Message:
    """Change one's own message within the time the school allows; the old text is kept.

    :raises Refused: it is somebody else's, or the time is over.
    :raises Conflict: it was changed in another window meanwhile.
    """
    with transaction():
        message = _own(actor, message_id)
        text = limits.text_of(actor, text)
        if message.version != version:
            raise Conflict(_("This message was changed in another window."), text=message.text)
        if text == message.text:
            return message
        OldText.create(
            message=message, text=message.text, at=message.edited_at or message.created_at
        )
        message.text, message.edited_at = text, clock.stamp()
        message.version += 1
        message.save()
        if message.state == OPEN:
            shown(message)
        _name(message.topic.section_id, message)
        audit.record(
            actor, "forum.message_changed", f"forum.message:{message.id}",
            after={"version": message.version}, topic=None,
        )  # fmt: skip
    return message


def own_message(actor: Actor, message_id: int) -> Message:
    """The actor's own message that may still be changed; see :func:`edit` for refusals."""
    return _own(actor, message_id)


def _own(actor: Actor, message_id: int) -> Message:
    message: Message = access.find(actor, WRITE, Message, message_id)
    topic = queries.topic(actor, message.topic_id)
    if message.author_id is None or message.author_id != actor.person_id:
        queries.message(actor, message_id)  # a hidden one is not there for others
        raise Refused(_("Only its author can change a message."))
    if message.state not in {OPEN, WAITING}:
        raise Refused(_("A moderator has taken this message away."))
    if not policy.in_edit_window(message.created_at):
        raise Refused(_("The time for changing this message is over."))
    if not queries.may_write(actor, topic, topic.section):
        raise Refused(_("This topic is closed: it can be read, but nobody writes in it."))
    return message


def delete(actor: Actor, message_id: int, reason: str) -> Message:
    """Delete one's own fresh message, or any message as a moderator; its place stays.

    :raises Refused: somebody else's message, or the time for deleting one's own is over.
    """
    with transaction():
        message = queries.message_for_deed(actor, message_id)
        if not access.can(actor, MODERATE, message):
            message = _own(actor, message_id)
        if message.state == DELETED:
            return message
        take_away(actor, message, DELETED, reason)
        audit.record(
            actor, "forum.message_deleted", f"forum.message:{message.id}", reason=reason,
            person=message.author_id, topic=None,
        )  # fmt: skip
    return message


def take_away(actor: Actor, message: Message, state: str, reason: str) -> None:
    """Put a message out of sight; reports about it are answered by that."""
    message.state, message.reason = state, reason[:255] or None
    message.decided_by = actor.person_id
    message.version += 1
    message.save()
    gone(message)
    Report.update(state="accepted", decided_at=clock.stamp()).where(
        Report.message == message, Report.state == "open"
    ).execute()
