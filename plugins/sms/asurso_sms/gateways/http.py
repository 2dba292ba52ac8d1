"""Any provider with an HTTP interface, described wholly by the configuration."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from asurso_core.i18n import gettext as _
from asurso_sms.gateways.options import Faulty
from asurso_sms.gateways.web import Answer, ask, refusal
from asurso_sms.hookspecs import Call, Gateway, Heard, Never, NotNow, Outgoing, Taken, Told

#: Words that may stand in braces in the address, the fields, the headers and the body.
PLACEHOLDERS = (
    "to", "to_digits", "text", "sender", "mark", "report_url", "valid_seconds", "valid_minutes",
)  # fmt: skip
_GAP = re.compile(r"\{([a-z_]+)\}")
_STATES = ("sent", "delivered", "failed", "expired", "unknown")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Options:
    """``[plugin.sms.gateways.<name>]`` with ``kind = "http"``.

    ``format`` says how ``fields`` go: ``form``, ``json`` or ``query``; or ``body`` is a text with
    gaps (a JSON object: what fills a gap is escaped for a JSON string).

    Accepted is an answer 2xx in which ``accepted_regex`` is found, or where the value at
    ``accepted_path`` is ``accepted_value`` (or anything, if that is empty); with neither, every
    2xx. ``later_regex`` recognises a refusal for now, all else is refused for good.
    """

    url: str
    method: str = "POST"
    format: str = "form"
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    accepted_path: str = ""
    accepted_value: str = ""
    accepted_regex: str = ""
    later_regex: str = ""
    #: Where the provider's own name of the message stands; else the group ``id`` of the regex.
    id_path: str = ""
    timeout: float = 5.0
    secret: str = ""
    addresses: tuple[str, ...] = ()
    #: Reports: a list of them at ``report_list``, else one; names of fields, or paths into JSON.
    report_list: str = ""
    report_id: str = ""
    report_state: str = ""
    report_reason: str = ""
    report_states: Mapping[str, str] = field(default_factory=dict)
    #: Inbound messages.
    inbound_id: str = ""
    inbound_from: str = ""
    inbound_to: str = ""
    inbound_text: str = ""


def pick(data: Any, path: str) -> Any:
    """The value at ``a.b[0].c`` of plain data; None if there is none."""
    for name, index in _STEP.findall(path):
        if index:
            data = data[int(index)] if isinstance(data, list) and int(index) < len(data) else None
        else:
            data = data.get(name) if isinstance(data, dict) else None
    return data


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


class Provider(Gateway):
    """One provider."""

    def __init__(self, name: str, options: Options) -> None:
        """Check what can be checked before the first message.

        :raises Faulty: a method, format, gap, expression or state that is not one.
        """
        super().__init__(name)
        self.options = options
        self.secret = options.secret
        self.addresses = options.addresses
        faults = list(_faults(options))
        if faults:
            raise Faulty([f"[plugin.sms.gateways.{name}]: {fault}" for fault in faults])

    def send(self, message: Outgoing, leaving: Callable[[], None]) -> Taken:
        """Ask the provider once, as its table says."""
        options, values = self.options, _values(message)
        url = _filled(options.url, values, lambda one: quote(one, safe=""))
        headers = {name: _filled(text, values) for name, text in options.headers.items()}
        fields = {name: _filled(text, values) for name, text in options.fields.items()}
        body: bytes | None = None
        if options.body:
            body = _filled(options.body, values, lambda one: json.dumps(one)[1:-1]).encode()
            headers.setdefault("Content-Type", "application/json")
        elif options.format == "json":
            body = json.dumps(fields).encode()
            headers.setdefault("Content-Type", "application/json")
        elif options.format == "form":
            body = urlencode(fields).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif fields:
            url += ("&" if "?" in url else "?") + urlencode(fields)
        answer = ask(
            options.method, url, headers=headers, body=body, leaving=leaving,
            timeout=options.timeout,
        )  # fmt: skip
        return self._judge(answer)

    def _judge(self, answer: Answer) -> Taken:
        options = self.options
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        data = _json(answer.text)
        found = re.search(options.accepted_regex, answer.text) if options.accepted_regex else None
        accepted = not options.accepted_regex or found is not None
        if options.accepted_path:
            value = pick(data, options.accepted_path)
            accepted = accepted and value is not None
            accepted = accepted and options.accepted_value in {"", _text(value)}
        words = " ".join(answer.text.split())[:150]
        if not accepted:
            if options.later_regex and re.search(options.later_regex, answer.text):
                raise NotNow(_("the gateway takes nothing just now: %(why)s", why=words))
            raise Never(_("the gateway refuses: %(why)s", why=words))
        own = _text(pick(data, options.id_path)) if options.id_path else ""
        if not own and found is not None:
            own = found.groupdict().get("id") or ""
        return Taken(ids=(own[:80],) if own else ())

    def reports(self, call: Call) -> list[Told]:
        """Reports as the table describes them; states it does not map tell nothing."""
        options = self.options
        if not options.report_id or not options.report_state:
            raise ValueError("reports are not described in the configuration")
        data = _json(call.body) or dict(call.fields)
        several = pick(data, options.report_list) if options.report_list else [data]
        if not isinstance(several, list) or len(several) > 1000:
            raise ValueError("no list of reports")
        found = []
        for one in several:
            own, said = _text(pick(one, options.report_id)), _text(pick(one, options.report_state))
            if not own or not said:
                raise ValueError("no id or no state")
            state = options.report_states.get(said)
            if state is not None:
                reason = _text(pick(one, options.report_reason)) if options.report_reason else said
                found.append(Told(gateway_id=own[:80], state=state, reason=reason[:200]))
        return found

    def heard(self, call: Call) -> Heard:
        """An inbound message as the table describes it."""
        options = self.options
        if not (options.inbound_id and options.inbound_from and options.inbound_text):
            raise ValueError("inbound messages are not described in the configuration")
        data = _json(call.body) or dict(call.fields)
        own, sender = _text(pick(data, options.inbound_id)), _text(pick(data, options.inbound_from))
        if not own or not sender:
            raise ValueError("no id or no sender")
        receiver = _text(pick(data, options.inbound_to)) if options.inbound_to else ""
        return Heard(
            gateway_id=own[:80], sender=sender, receiver=receiver,
            text=_text(pick(data, options.inbound_text)),
        )  # fmt: skip


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _values(message: Outgoing) -> dict[str, str]:
    return {
        "to": message.to,
        "to_digits": message.to.lstrip("+"),
        "text": message.text,
        "sender": message.sender,
        "mark": message.mark,
        "report_url": message.report_url,
        "valid_seconds": str(message.valid_for),
        "valid_minutes": str(max(1, math.ceil(message.valid_for / 60))),
    }


def _filled(
    text: str, values: Mapping[str, str], write: Callable[[str], str] = lambda one: one
) -> str:
    return _GAP.sub(lambda gap: write(values[gap[1]]) if gap[1] in values else gap[0], text)


def _faults(options: Options) -> list[str]:
    faults = []
    if options.method not in {"GET", "POST", "PUT"}:
        faults.append("method must be GET, POST or PUT")
    if options.format not in {"form", "json", "query"}:
        faults.append("format must be form, json or query")
    if not options.url.startswith(("http://", "https://")):
        faults.append("url must begin with http:// or https://")
    # In a body braces belong to JSON: only what looks like a gap is looked at there.
    for text in (options.url, *options.fields.values(), *options.headers.values(), options.body):
        unknown = sorted({gap for gap in _GAP.findall(text) if gap not in PLACEHOLDERS})
        faults += [f"{{{gap}}} is none of {', '.join(PLACEHOLDERS)}" for gap in unknown]
    for name in ("accepted_regex", "later_regex"):
        try:
            re.compile(getattr(options, name))
        except re.error as error:
            faults.append(f"{name} is no regular expression: {error}")
    wrong = sorted(set(options.report_states.values()) - set(_STATES))
    faults += [f"report_states: {one!r} is none of {', '.join(_STATES)}" for one in wrong]
    return faults


def build(name: str, options: Options) -> Gateway:
    """The gateway of a table."""
    return Provider(name, options)
