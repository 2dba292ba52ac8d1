"""What tests find of portfolios in the small school: a project of a pupil on each side."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from asurso_core import clock
from asurso_portfolio import models

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """A project with another author, a file and a link; only the family may read it.

    The link on the foreign side has expired: one that works is open to everybody on purpose.
    """
    persons = world.school.persons
    for side in world.sides:
        owner = persons[side.pupil]
        reader = persons["english_1" if side.name == "own" else "english_2"]
        models.Page.create(person=reader, about=side.secret)
        row = models.Item.create(
            owner=owner, kind="project", title="Метеостанция", visibility="me",
            created_at=clock.stamp(),
        )  # fmt: skip
        models.Author.create(item=row, person=owner, position=1)
        other = models.Author.create(
            item=row, person=persons[side.teacher], position=1, accepted=False
        )
        link = models.Link.create(
            item=row,
            token=f"{side.pupil.replace('_', '-'):x>43}",
            expires_on=clock.today() - dt.timedelta(days=side.name == "foreign"),
            created_at=clock.stamp(),
        )
        file = world.file(owner, "portfolio.file", f"portfolio.item:{row.id}")
        side.values.update({
            "item_id": row.id,
            "author_id": other.id,
            "token": link.token,
            "portfolio.page.person_id": owner,
            "portfolio.page_pdf.person_id": owner,
            "portfolio.new.kind": "work" if side.name == "own" else "nonsense",
            "portfolio.drop_link.link_id": link.id,
            "portfolio.drop_file.file_id": file,
            "portfolio.link_file.file_id": file,
        })  # fmt: skip
