"""What tests find of the board in the small school: an announcement to each class's parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asurso_announcements import models, services
from asurso_announcements.queries.feed import digest_of
from asurso_core import clock

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """Announcements of the administrator to one class each, acknowledged, changed; a feed.

    They speak to one family by name: other parents of the same class must not meet its words.
    """
    school = world.school
    author = school.actor("admin")
    for side in world.sides:
        keys = [
            f"class:{school.ids[side.title]}:teachers", f"person:{school.persons[side.pupil]}",
            f"person:{school.persons[side.parent]}",
        ]  # fmt: skip
        content = services.Content(
            title=f"Собрание {side.secret}", text="В среду", keys=keys, must_acknowledge=True,
        )  # fmt: skip
        row = services.save(author, None, content)
        row = services.publish(author, row.id, version=row.version)
        services.acknowledge(school.actor(side.pupil), row.id)
        changed = services.Content(
            title=content.title, text="В четверг", keys=keys, must_acknowledge=True
        )
        services.save(author, row.id, changed, version=row.version)
        token = f"{side.pupil.replace('_', '-'):x>43}"
        if side.name == "own":
            # Of somebody to whom nobody writes: the feed is open to whoever knows the token.
            models.Feed.create(
                person=school.persons["technical"], side="staff", digest=digest_of(token),
                created_at=clock.stamp(),
            )  # fmt: skip
        side.values["announcement_id"] = row.id
        # The foreign one opens nothing: one that works is open to everybody on purpose.
        side.values["announcements.read_feed.token"] = token
