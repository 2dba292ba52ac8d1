"""Kannel's HTTP interface: ``sendsms`` of its smsbox (user guide 1.4.5, chapter 10).

A message is sent by POST: text in the body, everything else in ``X-Kannel-`` headers, so that no
password stands in anybody's log of addresses. Inbound messages come by POST too (``post-url``);
of deliveries Kannel tells only by GET (``dlr-url``), see the views.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from asurso_sms import alphabet
from asurso_sms.gateways.web import ask, refusal
from asurso_sms.hookspecs import (
    Call,
    Gateway,
    Heard,
    Outgoing,
    Taken,
    Told,
)

#: What ``%d`` of a delivery report means, user guide 10.5.
_STATES: Mapping[str, str] = {
    "1": "delivered", "2": "failed", "4": "sent", "8": "sent", "16": "failed", "32": "sent",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Options:
    """``[plugin.sms.gateways.<name>]`` with ``kind = "kannel"``."""

    #: ``http://127.0.0.1:13013/cgi-bin/sendsms``
    url: str
    username: str
    password: str
    #: Kannel brings it in its callbacks; without it reports and inbound messages are refused.
    secret: str = ""
    #: From where it calls; empty means from anywhere.
    addresses: tuple[str, ...] = ()
    #: The smsc-id to send by, if Kannel has several.
    smsc: str = ""
    timeout: float = 5.0


class Kannel(Gateway):
    """One smsbox."""

    def __init__(self, name: str, options: Options) -> None:
        """Keep what the configuration says."""
        super().__init__(name)
        self.options = options
        self.secret = options.secret
        self.addresses = options.addresses
        self.reports_by_mark = True

    def send(self, message: Outgoing, leaving: Callable[[], None]) -> Taken:
        """Hand a message to the smsbox; it splits what is too long by itself."""
        plain = alphabet.alphabet_of(message.text) == "gsm"
        headers = {
            "X-Kannel-Username": self.options.username,
            "X-Kannel-Password": self.options.password,
            "X-Kannel-To": message.to,
            "X-Kannel-Coding": "0" if plain else "2",
            # Minutes; Kannel knows no shorter time.
            "X-Kannel-Validity": str(max(1, math.ceil(message.valid_for / 60))),
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if message.sender:
            headers["X-Kannel-From"] = message.sender
        if self.options.smsc:
            headers["X-Kannel-SMSC"] = self.options.smsc
        if message.report_url and self.secret:
            headers["X-Kannel-DLR-Mask"] = "31"
            headers["X-Kannel-DLR-Url"] = (
                f"{message.report_url}?secret={quote(self.secret, safe='')}"
                f"&id={message.mark}&state=%d&answer=%A"
            )
        answer = ask(
            "POST", self.options.url, headers=headers, body=message.text.encode(),
            leaving=leaving, timeout=self.options.timeout,
        )  # fmt: skip
        if answer.status == 202:
            return Taken(ids=(message.mark,))
        raise refusal(answer)

    def reports(self, call: Call) -> list[Told]:
        """``id``, ``state`` (``%d``) and ``answer`` (``%A``) of the address we gave it."""
        mark, state = call.fields.get("id", ""), _STATES.get(call.fields.get("state", ""))
        if not mark or state is None:
            raise ValueError("no id or no state")
        return [Told(gateway_id=mark, state=state, reason=call.fields.get("answer", "")[:200])]

    def heard(self, call: Call) -> Heard:
        """A message by ``post-url``: the text is the body, the rest stands in the address."""
        fields = call.fields
        if not fields.get("id") or not fields.get("from"):
            raise ValueError("no id or no sender")
        return Heard(
            gateway_id=fields["id"], sender=fields["from"], receiver=fields.get("to", ""),
            text=call.body,
        )  # fmt: skip


def build(name: str, options: Options) -> Gateway:
    """The gateway of a table."""
    return Kannel(name, options)
