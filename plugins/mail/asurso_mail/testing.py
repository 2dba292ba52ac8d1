"""What tests find of mail in the small school: a talk on each side, a draft, a report, a folder."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from asurso_core import clock
from asurso_mail import models, services
from asurso_mail.queries.mailing import key_of

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """On each side: the parent has a letter of the teacher with a file, a folder and a draft."""
    school = world.school
    for side in world.sides:
        parent, teacher = school.actor(side.parent, "family"), school.actor(side.teacher, "staff")
        sent = services.send(
            teacher,
            services.Letter(
                to=[f"family:{school.persons[side.parent]}"], subject=f"О ребёнке {side.secret}",
                text=f"Здравствуйте! {side.secret}",
            ),
        )  # fmt: skip
        got = models.Copy.get(models.Copy.message == sent.message_id, models.Copy.part == models.TO)
        file = world.file(
            school.persons[side.teacher], "mail.file", f"mail.message:{sent.message_id}"
        )
        models.Attachment.create(message=sent.message_id, file=file)
        draft = services.save_draft(parent, services.Letter(subject=side.secret, text="Черновик"))
        hung = world.file(school.persons[side.parent], "mail.file", "mail.message:0")
        models.Attachment.create(message=draft.message_id, file=hung)
        folder = services.make_folder(parent, "Важное")
        models.Outside.create(
            message=sent.message_id, address="a@example.org", mark="0", changed_at=clock.stamp()
        )
        models.Confirmation.create(
            person=school.persons[side.parent], email=f"{side.name}@example.org",
            key=key_of(f"secret-{side.name}"), asked_at=clock.stamp(),
        )  # fmt: skip
        # Decided: an open one would give a moderator something to do.
        report = models.Report.create(
            message=sent.message_id, reporter=parent.person_id, side="family", reason="other",
            created_at=clock.stamp(), state=models.DISMISSED, decided_at=clock.stamp(),
            decided_by=school.persons["psychologist"],
        )  # fmt: skip
        ban = models.Ban.create(
            person=school.persons["technical"], side="staff", until=clock.today() - dt.timedelta(1),
            reason="спам", given_by=school.persons["psychologist"], given_at=clock.stamp(),
        )  # fmt: skip
        side.values.update(
            {
                "copy_id": got.id, "mail.draft.copy_id": draft.id,
                "mail.choose.copy_id": draft.id, "mail.drop_file.copy_id": draft.id,
                "mail.discard.copy_id": draft.id, "mail.drop_file.file_id": hung,
                "mail.message.message_id": sent.message_id, "secret": f"secret-{side.name}",
                "folder_id": folder.id, "report_id": report.id, "ban_id": ban.id,
                "box": "sent" if side.name == "own" else "nonsense",
            }
        )  # fmt: skip
