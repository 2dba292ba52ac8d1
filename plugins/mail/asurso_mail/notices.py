"""Notices: of new letters, and e-mail as a way by which all notices can reach people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app

from asurso_core import clock, jobs, notices
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import transaction
from asurso_core.errors import AsursoError
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Fact, NotAccepted, OutboxConsumer
from asurso_core.school import School
from asurso_mail import queries, smtp
from asurso_mail.models import AUTHOR, NOWHERE, TRASH, Confirmation, Copy, Message
from asurso_mail.queries.boxes import sender
from asurso_mail.services import confirming

CHANNEL = "mail.email"
NOTICE_JOB = "mail.notice"
#: With growing pauses about a day: news of yesterday need not arrive the day after.
ATTEMPTS = 12


# --- new letters -------------------------------------------------------------------------------


def _words(message: Message) -> notices.Words:
    name = message.author.short_name if message.author_id else sender(message.kind, (None,) * 3)
    return notices.Words(
        title=_("Letter from %(name)s", name=name),
        text=message.subject or _("(no subject)"),
        bland=_("You have a letter in the school's system"),
    )


def _current(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """The sender and the subject, while the letter lies unread in the recipient's mailbox."""
    try:
        copy = queries.found_by_message(actor, data["letter"])
    except AsursoError:
        return None
    if copy.read_at is not None or copy.box == TRASH:
        return None
    return _words(copy.message)


KINDS: list[Any] = [
    notices.NoticeKind(
        name=queries.NOTICES[side], title=_l("A new letter"), group=_l("Mail"), side=side,
        current=_current, order=40,
    )
    for side in (FAMILY, STAFF)
]  # fmt: skip


def tell(attempt: Attempt, fact: Fact) -> None:
    """Tell those who got a letter and have not read it yet."""
    del attempt
    message = Message.get_or_none(Message.id == fact.payload["letter"])
    if message is None:
        return
    unread = Copy.select(Copy.owner, Copy.side).where(
        Copy.message == message, Copy.part != AUTHOR, Copy.read_at.is_null(), Copy.box != NOWHERE
    )
    people: dict[str, list[int]] = {}
    for row in unread:
        people.setdefault(row.side, []).append(row.owner_id)
    with transaction():
        for side, ids in people.items():
            notices.tell(
                queries.NOTICES[side], _words(message), key=queries.notice_key(message.id), to=ids,
                url=queries.address_of(message.id), data={"letter": message.id},
                by=message.author_id,
            )  # fmt: skip


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="mail.tell", title=_l("News of new letters"), facts=("mail.sent",), run=tell, limit=300
    )
]


# --- e-mail as a channel -----------------------------------------------------------------------


def reach(people: Iterable[int]) -> Mapping[int, str]:
    """Those who have confirmed the address of their card; nobody while no server is named."""
    try:
        if smtp.server() is None:
            return {}
    except smtp.Misconfigured:
        return {}
    return queries.confirmed(people)


def hand(reference: str, person_id: int, urgent: bool) -> None:
    """Ask for the job that sends one e-mail with all that is due for a person."""
    del urgent
    jobs.enqueue(NOTICE_JOB, key=reference, reference=reference, person=person_id)


CHANNELS: list[Any] = [
    notices.Channel(
        name=CHANNEL, title=_l("E-mail"), reach=reach, hand=hand, endpoint="mail.email", order=10
    )
]


def send_notice(attempt: Attempt, reference: str, person: int) -> None:
    """Send one person one e-mail; the address and the contents are asked for now (T26)."""
    address = queries.confirmed([person]).get(person)
    if address is None:
        notices.report(reference, "failed", _("The address is not confirmed any more."))
        return
    parcel = notices.parcel(reference)
    if parcel is None:
        return
    settings_page = _link("/settings/notices")
    parts = [
        "\n".join(part for part in (item.title, item.text, _link(item.url)) if part)
        for item in parcel.items
    ]
    footer = _("You get this letter because you chose so. Change it: %(page)s",
               page=settings_page or _("in the system, on the page of notices"))  # fmt: skip
    closed = _("Answers do not come in by e-mail.")
    text = "\n\n".join([*parts, f"-- \n{footer}\n{closed}\n"])
    letter = _letter(address, parcel.subject, text, f"{attempt.mark}-notice", settings_page)

    def leaving() -> None:
        # A worker that is killed from here on leaves it unknown; what follows only goes forward.
        notices.report(reference, "unknown", _("It was on its way when the worker ended."))
        attempt.leaving()

    _send(attempt, letter, leaving, lambda state, words: notices.report(reference, state, words))


def send_link(attempt: Attempt, confirmation: int) -> None:
    """Send the link by which a person confirms the own address; its secret is made now."""
    row = Confirmation.get_or_none(
        Confirmation.id == confirmation, Confirmation.confirmed_at.is_null()
    )
    if row is None or row.email != queries.email_of(row.person_id).address:
        return
    secret = confirming.new_secret(row)
    link = _link(f"/mail/email/{secret}") or _("(the operator has not named the site's address)")
    text = _(
        "Somebody asked to send notices of the school to this address. If it was you, open the "
        "link, sign in and confirm:\n\n%(link)s\n\nThe link works for two days. If it was not "
        "you, do nothing: nothing more will come.",
        link=link,
    )
    letter = _letter(
        row.email, _("Confirm your e-mail address"), f"{text}\n", f"{attempt.mark}-confirm"
    )
    _send(attempt, letter, attempt.leaving, _nobody)


def _nobody(state: str, words: str) -> None:
    """Whoever asked for a link sees that it has come."""
    del state, words


def _link(path: str) -> str:
    """An address of this site for an e-mail; empty while the operator has not named the site."""
    base = current_app.extensions["asurso_config"].address
    return f"{base}{path}" if base and path else ""


def _letter(to: str, subject: str, text: str, mark: str, unsubscribe: str = "") -> smtp.Letter:
    school = School.select().first()
    return smtp.Letter(
        to=to, name=school.short_name if school else "asurso", subject=smtp.as_line(subject),
        text=text, mark=mark, sent_at=clock.local(), unsubscribe=unsubscribe,
    )  # fmt: skip


def _send(attempt: Attempt, letter: smtp.Letter, leaving: Any, told: Any) -> None:
    """Hand a letter of the program over, and tell what became of it."""
    try:
        ours = smtp.server()
        if ours is None:
            raise smtp.Later(_("No mail server is named in asurso.toml."))
        said = smtp.send(ours, letter, leaving)
    except (smtp.Later, smtp.Misconfigured) as refusal:
        if attempt.number >= ATTEMPTS:
            told("failed", str(refusal))
        raise NotAccepted(str(refusal)) from refusal
    except (smtp.Never, ValueError) as refusal:
        told("failed", str(refusal))
    else:
        told("sent", said)
