"""Work apart from requests: letters that leave the house, and the trash at night."""

from __future__ import annotations

import datetime as dt

from asurso_core import audit, clock, files
from asurso_core.db import rows, transaction
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Cancelled, Job, NotAccepted
from asurso_mail import notices, policy, services, smtp
from asurso_mail.models import (
    GONE,
    LEAVING,
    REFUSED,
    STOPPED,
    UNKNOWN,
    WAITING,
    Attachment,
    Outside,
)
from asurso_mail.services.confirming import CONFIRM_JOB
from asurso_mail.services.sending import OUTSIDE_JOB

#: With growing pauses this is about three days (F09).
ATTEMPTS = 18


def send_outside(attempt: Attempt, outside: int) -> None:
    """Hand one letter to one outside address; what became of it stands in its row.

    Nothing is sent when the school has closed this way meanwhile, or the author is not there any
    more: who may send is asked in the moment of sending (T26).
    """
    row: Outside | None = Outside.get_or_none(Outside.id == outside)
    # One that was refused comes back only when the administrator says "try again".
    if row is None or row.state in {GONE, STOPPED}:
        return
    letter = row.message
    if not policy.rule("outside") or not _author_is_here(letter.author_id):
        _tell(row, STOPPED, _("The school does not send this letter any more."))
        return
    try:
        ours = smtp.server()
        if ours is None:
            raise smtp.Later(_("No mail server is named in asurso.toml."))
    except (smtp.Misconfigured, smtp.Later) as error:
        raise _later(attempt, row, str(error)) from error
    sent = smtp.Letter(
        to=row.address, name=letter.author.name, subject=letter.subject, mark=row.mark,
        text=f"{letter.text}\n\n-- \n{_footer()}\n", files=_files(letter.id),
        sent_at=clock.local(letter.sent_at),
    )  # fmt: skip

    def leaving() -> None:
        _tell(row, LEAVING, "")
        attempt.leaving()

    try:
        said = smtp.send(ours, sent, leaving)
    except smtp.Later as refusal:
        raise _later(attempt, row, str(refusal)) from refusal
    except (smtp.Never, ValueError) as refusal:
        with transaction():
            _tell(row, REFUSED, str(refusal))
            audit.record(
                attempt.actor, "mail.outside_failed", f"mail.message:{letter.id}",
                after={"outside": row.id, "words": str(refusal)}, topic=None,
            )  # fmt: skip
    except Cancelled:
        _tell(row, STOPPED, _("Somebody stopped it."))
        raise
    except Exception:
        if attempt.gone:
            _tell(row, UNKNOWN, _("The connection broke when the letter was on its way."))
        raise
    else:
        with transaction():
            _tell(row, GONE, said)
            audit.record(
                attempt.actor, "mail.outside_sent", f"mail.message:{letter.id}",
                after={"outside": row.id}, topic=None,
            )  # fmt: skip
            attempt.finish()


def _later(attempt: Attempt, row: Outside, words: str) -> NotAccepted:
    """It may be tried again, or this was the last time; what the job has to raise."""
    _tell(row, REFUSED if attempt.number >= ATTEMPTS else WAITING, words)
    return NotAccepted(words)


def _tell(row: Outside, state: str, words: str) -> None:
    row.state, row.words, row.changed_at = state, words[:500], clock.stamp()
    with transaction():
        row.save()


def _author_is_here(person_id: int | None) -> bool:
    found = rows(
        "SELECT 1 FROM core_user u JOIN core_person p ON p.id = u.person_id "
        "WHERE u.person_id = ? AND u.state = 'active' AND p.archived_at IS NULL",
        [person_id or 0],
    )
    return bool(found)


def _footer() -> str:
    return str(
        _("This letter was sent from the school's information system. Answers do not come in by "
          "e-mail: you can answer only inside the system.")
    )  # fmt: skip


def _files(message_id: int) -> list[tuple[str, str, bytes]]:
    query = (
        StoredFile.select()
        .join(Attachment, on=(Attachment.file == StoredFile.id))
        .where(Attachment.message == message_id)
        .order_by(Attachment.id)
    )
    return [
        (row.name, row.type, files.path_of(row).read_bytes())
        for row in query
        if files.is_whole(row)
    ]


def clean(attempt: Attempt) -> None:
    """Empty old trash; forget letters that nobody holds any more."""
    services.clean(attempt.actor)


JOBS = [
    Job(
        name=notices.NOTICE_JOB, title=_l("Notices by e-mail"), run=notices.send_notice,
        attempts=notices.ATTEMPTS, limit=180,
    ),
    Job(
        name=CONFIRM_JOB, title=_l("A link that confirms an e-mail address"),
        run=notices.send_link, attempts=notices.ATTEMPTS, limit=180,
    ),
    Job(
        name=OUTSIDE_JOB, title=_l("A letter to an outside address"), run=send_outside,
        attempts=ATTEMPTS, limit=180,
    ),
    Job(
        name="mail.clean", title=_l("The trash of the mail is emptied"), run=clean,
        at=dt.time(3, 40), limit=600,
    ),
]  # fmt: skip
