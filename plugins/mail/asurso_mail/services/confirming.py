"""Confirming the own e-mail address: nothing goes to one that nobody has opened a letter at."""

from __future__ import annotations

import datetime as dt
import secrets

from asurso_core import audit, clock, jobs
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _
from asurso_mail import queries
from asurso_mail.models import Confirmation
from asurso_mail.queries.mailing import key_of
from asurso_mail.services.texts import is_address

#: How long a link works, and how many of them a person may ask for a day.
LINK_LIVES = dt.timedelta(days=2)
MOST_ASKED = 3
#: The job that sends the link.
CONFIRM_JOB = "mail.confirm"


def ask(actor: Actor) -> None:
    """Send a link to the address of the own card.

    The secret is made when the letter leaves and stands nowhere else.

    :raises Refused: the card has no usable address, or enough links were asked for today.
    """
    with transaction():
        email = queries.email_of(actor.person_id)
        if not is_address(email.address):
            raise Refused(_("Your card has no e-mail address that letters can be sent to."))
        now = clock.stamp()
        row = Confirmation.get_or_none(Confirmation.person == actor.person_id)
        if row is None:
            row = Confirmation(person=actor.person_id, times=0)
        elif clock.local(row.asked_at).date() != clock.today():
            row.times = 0
        if row.times >= MOST_ASKED:
            raise Refused(_("Enough letters were sent today. Look among unwanted letters, too."))
        row.email, row.asked_at, row.confirmed_at = email.address, now, None
        row.key, row.times = key_of(secrets.token_urlsafe(32)), row.times + 1
        row.save()
        jobs.enqueue(CONFIRM_JOB, key=str(row.id), confirmation=row.id)


def new_secret(row: Confirmation) -> str:
    """The secret for the link of a question that is on its way; earlier ones stop working."""
    secret = secrets.token_urlsafe(32)
    with transaction():
        Confirmation.update(key=key_of(secret)).where(Confirmation.id == row.id).execute()
    return secret


def confirm(actor: Actor, secret: str) -> str:
    """The link was opened by the very person: letters may come here now. Returns the address.

    :raises NotThere: it is no link of this person.
    :raises Refused: it is too old, or the card has another address by now.
    """
    with transaction():
        row = queries.of_link(actor, secret)
        if row.email != queries.email_of(actor.person_id).address:
            raise Refused(_("Your card has another address by now. Ask for a new link."))
        if row.confirmed_at is None:
            if clock.stamp() - row.asked_at > LINK_LIVES:
                raise Refused(_("This link is too old. Ask for a new one."))
            row.confirmed_at = clock.stamp()
            row.save()
            audit.record(
                actor, "mail.email_confirmed", f"mail.confirmation:{row.id}",
                person=actor.person_id, topic=None,
            )  # fmt: skip
        return str(row.email)


def withdraw(actor: Actor) -> None:
    """No more notices by e-mail until the address is confirmed again."""
    with transaction():
        Confirmation.delete().where(Confirmation.person == actor.person_id).execute()
        audit.record(
            actor, "mail.email_withdrawn", f"core.person:{actor.person_id}",
            person=actor.person_id, topic=None,
        )  # fmt: skip
