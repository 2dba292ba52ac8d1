"""What is answered to a message that came in.

The least of it: СТОП and СТАРТ. Everything else is only written down.
"""

from __future__ import annotations

import logging

from asurso_core.actors import system
from asurso_core.i18n import gettext as _
from asurso_core.text import fold
from asurso_sms import queries
from asurso_sms.models import SERVICE, Inbound, Phone
from asurso_sms.services import messages, phones

log = logging.getLogger("asurso.sms")

STOP = frozenset({"стоп", "stop", "отписаться"})
START = frozenset({"старт", "start"})


def answer(inbound: Inbound) -> None:
    """Answer a message; called by the job ``sms.answer``, once for each, inside its transaction.

    Answers go to the confirmed number of the person, never to what the message says of its sender
    (T25). A number that nobody has confirmed learns nothing.
    """
    phone = queries.owner_of(inbound.sender)
    if phone is None:
        log.info("a message came in from a number that nobody has confirmed")
        return
    word = fold((inbound.text or "").strip(" .,!\n"))
    if word in STOP:
        if phones.stop(phone):
            _say(phone, _("Text messages of the school are stopped. Send СТАРТ to get them again."))
    elif word in START and phones.start(phone):
        _say(phone, _("You get text messages of the school again. Send СТОП to stop them."))


def _say(phone: Phone, text: str) -> None:
    if phone.withdrawn_at is None:
        messages.queue(system("SMS"), phone.person_id, text, purpose=SERVICE)
