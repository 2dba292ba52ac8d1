"""Opening, changing, closing, moving and deleting topics."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from asurso_core import access, audit, clock, fulltext
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_forum import queries
from asurso_forum.models import (
    DELETED,
    OPEN,
    Message,
    Poll,
    PollOption,
    Section,
    Subscription,
    Topic,
)
from asurso_forum.permissions import MODERATE, VIEW, WRITE
from asurso_forum.services import limits
from asurso_forum.services.messages import add, repeated, shown

#: Answers of a poll.
FEWEST, MOST = 2, 12


@dataclass(frozen=True, kw_only=True)
class NewPoll:
    """A poll to be opened with a topic."""

    question: str
    options: list[str]
    multiple: bool = False
    ends: dt.date | None = None


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise Invalid(fields={"title": [_("Give the topic a title.")]})
    if len(title) > 200 or "\x00" in title:
        raise Invalid(fields={"title": [_("The title is too long.")]})
    return title


def open_topic(
    actor: Actor,
    section_id: int,
    title: str,
    text: str,
    *,
    poll: NewPoll | None = None,
    operation: str | None = None,
) -> Topic:
    """Open a topic with its first message, and a poll if there is one.

    :raises Refused: the actor may read the section, but not write in it; a pupil's limit.
    :raises Invalid: an empty title or text, a poll with too few or too many answers.
    """
    with transaction():
        section = queries.section(actor, section_id)
        before = repeated(actor, operation)
        if before is not None:
            done: Topic = before.topic
            return done
        if section.archived or not access.can(actor, WRITE, section):
            raise Refused(_("You can read this section, but not write in it."))
        limits.may_open_now(actor)
        limits.may_write_now(actor)
        title, text = _title(title), limits.text_of(actor, text)
        now = clock.stamp()
        topic: Topic = Topic.create(
            section=section, title=title, author=actor.person_id, created_at=now, last_at=now
        )
        if poll is not None:
            _open_poll(topic, poll)
        first = add(actor, topic, text)
        if actor.person_id is not None:
            Subscription.create(person=actor.person_id, topic=topic)
        audit.record(
            actor, "forum.topic_opened", f"forum.message:{first.id}",
            after={"topic": topic.id, "section": section.id}, operation=operation, topic=None,
        )  # fmt: skip
    return topic


def _open_poll(topic: Topic, poll: NewPoll) -> None:
    options = list(dict.fromkeys(" ".join(one.split()) for one in poll.options if one.strip()))
    if not FEWEST <= len(options) <= MOST:
        raise Invalid(
            fields={
                "options": [
                    _("A poll has %(few)s to %(most)s different answers, one a line.",
                      few=FEWEST, most=MOST)
                ]
            }
        )  # fmt: skip
    if any(len(one) > 200 for one in options):
        raise Invalid(fields={"options": [_("An answer is too long.")]})
    if poll.ends is not None and poll.ends < clock.today():
        raise Invalid(fields={"ends": [_("This day is over already.")]})
    made = Poll.create(
        topic=topic, question=" ".join(poll.question.split())[:255], multiple=poll.multiple,
        ends=poll.ends,
    )  # fmt: skip
    for position, one in enumerate(options):
        PollOption.create(poll=made, position=position, text=one)


def _topic(actor: Actor, topic_id: int) -> Topic:
    topic = queries.topic(actor, topic_id)
    access.require(actor, MODERATE, topic, see=VIEW)
    return topic


def change_topic(
    actor: Actor,
    topic_id: int,
    *,
    title: str,
    pinned: bool,
    closed: bool,
    section_id: int,
    version: int,
) -> Topic:
    """Rename, pin, close or move a topic.

    :raises Conflict: somebody changed it first.
    :raises Invalid: the section is not one the actor may write in.
    """
    with transaction():
        topic = _topic(actor, topic_id)
        title = _title(title)
        if topic.version != version:
            raise Conflict(_("Somebody changed this topic first."))
        if section_id != topic.section_id:
            target = Section.get_or_none(Section.id == section_id)
            if target is None or target.archived or not access.can(actor, WRITE, target):
                raise Invalid(fields={"section": [_("Choose one of the list.")]})
        before = _facts(topic)
        topic.title, topic.pinned, topic.closed = title, pinned, closed
        topic.section = section_id
        if _facts(topic) == before:
            return topic
        topic.version += 1
        topic.save()
        first = Message.get_or_none(Message.topic == topic, Message.number == 1)
        if first is not None and first.state == OPEN:
            shown(first)  # the title is searched with it
        audit.record(
            actor, "forum.topic_changed", f"forum.topic:{topic.id}", before=before,
            after=_facts(topic), topic=None,
        )  # fmt: skip
    return topic


def _facts(topic: Topic) -> dict[str, object]:
    return {
        "title": topic.title, "pinned": topic.pinned, "closed": topic.closed,
        "section": topic.section_id,
    }  # fmt: skip


def delete_topic(actor: Actor, topic_id: int, reason: str) -> Topic:
    """Put a whole topic out of sight; moderators see it and can bring it back.

    :raises Invalid: no reason was given.
    """
    with transaction():
        topic = _topic(actor, topic_id)
        if not reason.strip():
            raise Invalid(_("Say why."), fields={"reason": [_("Say why.")]})
        if topic.state == DELETED:
            return topic
        topic.state, topic.reason = DELETED, reason.strip()[:255]
        topic.version += 1
        topic.save()
        fulltext.remove("forum", "message", [one.id for one in _shown(topic)])
        audit.record(
            actor, "forum.topic_deleted", f"forum.topic:{topic.id}", reason=topic.reason,
            topic=None,
        )  # fmt: skip
    return topic


def restore_topic(actor: Actor, topic_id: int) -> Topic:
    """Bring a deleted topic back, with the messages that were shown in it."""
    with transaction():
        topic = _topic(actor, topic_id)
        if topic.state == OPEN:
            return topic
        topic.state, topic.reason = OPEN, None
        topic.version += 1
        topic.save()
        for one in _shown(topic):
            shown(one)
        audit.record(actor, "forum.topic_restored", f"forum.topic:{topic.id}", topic=None)
    return topic


def _shown(topic: Topic) -> list[Message]:
    return list(Message.select().where(Message.topic == topic, Message.state == OPEN))
