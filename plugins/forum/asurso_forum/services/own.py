"""What people do for themselves: read, follow, react, vote."""

from __future__ import annotations

from collections.abc import Collection

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import run, transaction
from asurso_core.errors import Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_forum import kinds, queries
from asurso_forum.models import Message, Poll, PollOption, PollVote, Reaction, Subscription
from asurso_forum.permissions import WRITE
from asurso_forum.services.messages import remember


def mark_read(actor: Actor, topic_id: int, number: int) -> None:
    """Remember how far the actor has read a topic; never backwards, never beyond its end."""
    with transaction():
        topic = queries.topic(actor, topic_id)
        if actor.person_id is not None and number > 0:
            remember(actor.person_id, topic.id, min(number, topic.last_number))


_ALL_READ = """
    INSERT INTO forum_read_mark (person_id, topic_id, number)
    SELECT ?, t.id, t.last_number FROM forum_topic t
     WHERE t.section_id = ? AND t.state = 'open'
    ON CONFLICT (person_id, topic_id) DO UPDATE SET number = excluded.number
     WHERE forum_read_mark.number < excluded.number
"""


def mark_section_read(actor: Actor, section_id: int) -> None:
    """Remember that the actor has read all topics of a section."""
    with transaction():
        section = queries.section(actor, section_id)
        if actor.person_id is not None:
            run(_ALL_READ, [actor.person_id, section.id])


def subscribe(actor: Actor, topic_id: int) -> bool:
    """Follow a topic, or stop following it; returns whether it is followed now."""
    with transaction():
        topic = queries.topic(actor, topic_id)
        mine = Subscription.person == actor.person_id, Subscription.topic == topic
        if Subscription.delete().where(*mine).execute():
            return False
        Subscription.create(person=actor.person_id, topic=topic)
    return True


def react(actor: Actor, message_id: int, kind: str) -> Message:
    """Put a reaction under a message, or take one's own back.

    :raises Refused: one's own message.
    """
    with transaction():
        message = queries.message(actor, message_id)
        if kind not in kinds.REACTIONS:
            raise Invalid(_("There is no such reaction."))
        access.require(actor, WRITE, message)
        if message.author_id == actor.person_id:
            raise Refused(_("This is your own message."))
        mine = (
            Reaction.message == message, Reaction.person == actor.person_id, Reaction.kind == kind
        )  # fmt: skip
        if not Reaction.delete().where(*mine).execute():
            Reaction.create(message=message, person=actor.person_id, kind=kind)
    return message


def vote(actor: Actor, topic_id: int, option_ids: Collection[int]) -> None:
    """Vote in the poll of a topic, once.

    :raises Invalid: nothing was chosen, or several where one is asked for.
    :raises Refused: the voting is over, or the actor has voted already.
    """
    with transaction():
        topic = queries.topic(actor, topic_id)
        access.require(actor, WRITE, topic)
        poll = Poll.get_or_none(Poll.topic == topic)
        if poll is None:
            raise queries.not_there()
        # Two windows of one person wait for each other here.
        Poll.update(multiple=poll.multiple).where(Poll.id == poll.id).execute()
        if topic.closed or (poll.ends is not None and clock.today() > poll.ends):
            raise Refused(_("The voting is over."))
        offered = {one.id for one in PollOption.select().where(PollOption.poll == poll)}
        chosen = set(option_ids)
        if not chosen or not chosen <= offered or (len(chosen) > 1 and not poll.multiple):
            raise Invalid(_("Choose an answer of the list."))
        voted = PollVote.select().where(
            PollVote.option.in_(offered), PollVote.person == actor.person_id
        )
        if voted.exists():
            raise Refused(_("You have voted already."))
        for option in sorted(chosen):
            PollVote.create(option=option, person=actor.person_id)
