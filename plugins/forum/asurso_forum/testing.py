"""What tests find of the forum in the small school: a section of each class with a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asurso_core import clock
from asurso_forum import models, services
from asurso_forum.services.topics import NewPoll

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """A section of the class with a topic of its teacher, a poll and an answer on each side."""
    school = world.school
    for side in world.sides:
        # One parent has children in both classes: the foreign section is not for parents.
        roles = ["teacher", "pupil", *(["parent"] if side.name == "own" else [])]
        section = services.save_section(
            school.actor("admin"), None, title=f"Раздел {side.name}", about="", position=0,
            archived=False, readers=roles, writers=roles, classes=[school.ids[side.title]],
            moderators=[],
        )  # fmt: skip
        teacher = school.actor(side.teacher, "staff")
        topic = services.open_topic(
            teacher, section.id, "Тема", "Кто идёт?",
            poll=NewPoll(question="Идём?", options=["Да", "Нет"]),
        )  # fmt: skip
        message = services.write(teacher, topic.id, "Ответьте")
        _around(topic, message, world.school.persons[side.teacher])
        side.values.update(section_id=section.id, topic_id=topic.id, message_id=message.id)


def _around(topic: models.Topic, message: models.Message, person: int) -> None:
    """What people leave beside a message: mentions, reactions, votes, a report."""
    models.Mention.create(message=message, person=person)
    models.Reaction.create(message=message, person=person, kind="thanks")
    # Decided: an open one would give a moderator something to do.
    models.Report.create(
        message=message,
        reporter=person,
        reason="other",
        state="rejected",
        created_at=clock.stamp(),
        decided_at=clock.stamp(),
    )
    option = models.PollOption.select().join(models.Poll).where(models.Poll.topic == topic).get()
    models.PollVote.create(option=option, person=person)
