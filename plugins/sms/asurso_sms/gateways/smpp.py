"""A direct line to a message centre: SMPP 3.4 over smpplib.

Each process that sends holds one bind as transmitter; reports and inbound messages come over one
bind as receiver, which the leading worker keeps (:mod:`asurso_sms.listening`).
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from smpplib import consts, exceptions, smpp
from smpplib.client import Client

from asurso_core.i18n import gettext as _
from asurso_sms import alphabet
from asurso_sms.gateways.options import Faulty
from asurso_sms.hookspecs import (
    Ear,
    Gateway,
    Heard,
    Never,
    NotNow,
    Outgoing,
    Taken,
    Told,
    Unsure,
)

log = logging.getLogger("asurso.sms")

#: A longer packet is none of this protocol's.
LARGEST = 64 * 1024
#: A transmitter that has rested for so long is asked whether it is still there before it is used.
RESTED = 10.0
#: Refusals that pass: queue full, throttled, system error, submit failed, temporary, not bound.
_LATER = {
    consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RSYSERR,
    consts.SMPP_ESME_RSUBMITFAIL, consts.SMPP_ESME_RX_T_APPN, consts.SMPP_ESME_RINVBNDSTS,
}  # fmt: skip
_STATES: Mapping[str, str] = {
    "ENROUTE": "sent", "ACCEPTD": "sent", "DELIVRD": "delivered", "EXPIRED": "expired",
    "DELETED": "failed", "UNDELIV": "failed", "REJECTD": "failed", "UNKNOWN": "unknown",
}  # fmt: skip
#: The same by number, as in the optional parameter message_state.
_BY_NUMBER = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD",
    7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Options:
    """``[plugin.sms.gateways.<name>]`` with ``kind = "smpp"``."""

    host: str
    port: int = 2775
    system_id: str
    password: str
    system_type: str = ""
    tls: bool = False
    #: Type and plan of the sender's address; left out, they follow from the sender.
    source_ton: int = -1
    source_npi: int = -1
    dest_ton: int = 1
    dest_npi: int = 1
    #: Whether to hold a line for reports and inbound messages.
    receive: bool = True
    #: How that line is bound: ``receiver``, or ``transceiver`` where the centre wants it so.
    receive_as: str = "receiver"
    #: How the centre names a message in its answer and in its reports: ``same``, or ``hex-decimal``
    #: if the answer says hexadecimal and the report decimal, or ``decimal-hex``.
    ids: str = "same"
    timeout: float = 5.0
    #: Seconds of silence after which the line is asked whether it is there.
    enquire: float = 30.0


class _Client(Client):
    """smpplib's client, which reads packets of any length and does not check a server's name."""

    def _create_socket(self) -> Any:
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plain.settimeout(self.timeout)
        if self._ssl_context is None:
            return plain
        return self._ssl_context.wrap_socket(plain, server_hostname=self.host)

    def _recv_exact(self, exact_size: int) -> bytes:
        if exact_size > LARGEST or exact_size < 0:
            raise exceptions.ConnectionError("a packet of impossible length")
        data: bytes = super()._recv_exact(exact_size)
        return data


class _Line:
    """One bound connection; used by one thread at a time."""

    def __init__(self, options: Options, bind: str) -> None:
        """Connect and bind.

        :raises NotNow: nobody is there, or we are not let in.
        """
        context = ssl.create_default_context() if options.tls else None
        self.timeout = options.timeout
        self.client = _Client(
            options.host, options.port, timeout=options.timeout, ssl_context=context,
            allow_unknown_opt_params=True, logger_name="asurso.sms.smpp",
        )  # fmt: skip
        self.used = time.monotonic()
        try:
            self.client.connect()
            getattr(self.client, bind)(
                system_id=options.system_id, password=options.password,
                system_type=options.system_type,
            )  # fmt: skip
        except (exceptions.ConnectionError, OSError) as error:
            self.drop()
            raise NotNow(
                _("no connection to the gateway: %(why)s", why=str(error) or "SMPP")
            ) from error
        except exceptions.PDUError as error:
            self.drop()
            raise NotNow(
                _("the gateway does not let us in: %(why)s", why=str(error.args[0]))
            ) from error

    def drop(self) -> None:
        """Close the connection, whatever state it is in."""
        self.client.state = consts.SMPP_CLIENT_STATE_OPEN
        with contextlib.suppress(Exception):
            self.client.disconnect()

    def bid_farewell(self) -> None:
        """Unbind in good order."""
        with contextlib.suppress(Exception):
            self.client.unbind()
        self.drop()

    def answer_of(self, sent: Any) -> Any:
        """The answer to a packet; what else comes meanwhile is seen to.

        :raises Unsure: it does not come in time, or the line breaks.
        """
        until = time.monotonic() + self.timeout
        try:
            while time.monotonic() < until:
                pdu = self.client.read_pdu()
                if pdu.sequence == sent.sequence and pdu.command.endswith(
                    ("_resp", "generic_nack")
                ):
                    self.used = time.monotonic()
                    return pdu
                self.be_polite(pdu)
        except TimeoutError:
            pass
        except (exceptions.ConnectionError, exceptions.PDUError, OSError) as error:
            raise Unsure(_("the line broke before the gateway answered")) from error
        raise Unsure(_("the gateway did not answer: %(why)s", why=_("no answer in time")))

    def be_polite(self, pdu: Any) -> None:
        """Answer what a peer asks besides."""
        if pdu.command == "enquire_link":
            reply = smpp.make_pdu("enquire_link_resp", client=self.client)
            reply.sequence = pdu.sequence
            self.client.send_pdu(reply)
        elif pdu.command == "unbind":
            raise exceptions.ConnectionError("the gateway says goodbye")

    def is_there(self) -> bool:
        """Ask whether the other side still is."""
        try:
            asked = smpp.make_pdu("enquire_link", client=self.client)
            self.client.send_pdu(asked)
            self.answer_of(asked)
        except (Unsure, exceptions.ConnectionError, exceptions.PDUError, OSError):
            return False
        return True


class Smpp(Gateway):
    """One message centre."""

    def __init__(self, name: str, options: Options) -> None:
        """Nothing is connected yet.

        :raises Faulty: ``ids`` or ``receive_as`` is none of its words.
        """
        super().__init__(name)
        where = f"[plugin.sms.gateways.{name}]"
        faults = []
        if options.ids not in {"same", "hex-decimal", "decimal-hex"}:
            faults.append(f"{where}: ids must be same, hex-decimal or decimal-hex")
        if options.receive_as not in {"receiver", "transceiver"}:
            faults.append(f"{where}: receive_as must be receiver or transceiver")
        if faults:
            raise Faulty(faults)
        self.options = options
        self.listens = options.receive
        self._lock = threading.Lock()
        self._line: _Line | None = None

    # --- sending

    def send(self, message: Outgoing, leaving: Callable[[], None]) -> Taken:
        """Submit a message part by part over the line of this process."""
        with self._lock:
            line = self._ready()
            try:
                leaving()
                ids = self._submit_all(line, message)
            except (Unsure, NotNow):
                self._hang_up()
                raise
        return Taken(ids=tuple(ids))

    def hang_up(self) -> None:
        """Close the line of this process; the next message opens it again."""
        with self._lock:
            self._hang_up(politely=True)

    def _hang_up(self, *, politely: bool = False) -> None:
        if self._line is not None:
            line, self._line = self._line, None
            if politely:
                line.bid_farewell()
            else:
                line.drop()

    def _ready(self) -> _Line:
        """The bound line; a rested one is tried first, so that no message is lost on a dead one."""
        if self._line is not None and time.monotonic() - self._line.used > RESTED:
            if not self._line.is_there():
                self._hang_up()
        if self._line is None:
            self._line = _Line(self.options, "bind_transmitter")
        return self._line

    def _submit_all(self, line: _Line, message: Outgoing) -> list[str]:
        code = alphabet.alphabet_of(message.text)
        parts = alphabet.split(message.text)
        # The same for every attempt: a telephone that got a part twice puts it together once.
        reference = hashlib.blake2b(message.mark.encode(), digest_size=1).digest()
        ids: list[str] = []
        for number, part in enumerate(parts, 1):
            data = alphabet.encode(part, code)
            if len(parts) > 1:
                data = b"\x05\x00\x03" + reference + bytes([len(parts), number]) + data
            try:
                ids.append(self._submit(line, message, data, code, joined=len(parts) > 1))
            except (NotNow, Never) as error:
                if not ids:
                    raise
                raise Never(
                    _("the gateway took %(taken)s of %(all)s parts, then refused: %(why)s",
                      taken=len(ids), all=len(parts), why=str(error))
                ) from error  # fmt: skip
        return ids

    def _submit(
        self, line: _Line, message: Outgoing, data: bytes, code: str, *, joined: bool
    ) -> str:
        ton, npi = self._source(message.sender)
        try:
            sent = line.client.send_message(
                source_addr_ton=ton, source_addr_npi=npi, source_addr=message.sender.lstrip("+"),
                dest_addr_ton=self.options.dest_ton, dest_addr_npi=self.options.dest_npi,
                destination_addr=message.to.lstrip("+"), short_message=data,
                data_coding=8 if code == "ucs2" else 0,
                esm_class=consts.SMPP_GSMFEAT_UDHI if joined else consts.SMPP_MSGTYPE_DEFAULT,
                registered_delivery=1, validity_period=_relative(message.valid_for),
            )  # fmt: skip
        except (exceptions.ConnectionError, OSError) as error:
            raise Unsure(_("the line broke before the gateway answered")) from error
        answer = line.answer_of(sent)
        status = int(answer.status or 0)
        if status == consts.SMPP_ESME_ROK and answer.command == "submit_sm_resp":
            return self._canonical(_plain(answer.message_id), answer=True)
        words = f"{consts.DESCRIPTIONS.get(status, 'SMPP')} (0x{status:02X})"
        if status in _LATER:
            raise NotNow(_("the gateway takes nothing just now: %(why)s", why=words))
        raise Never(_("the gateway refuses: %(why)s", why=words))

    def _source(self, sender: str) -> tuple[int, int]:
        if self.options.source_ton >= 0:
            return self.options.source_ton, max(self.options.source_npi, 0)
        if not sender.lstrip("+").isdigit():
            return 5, 0  # letters
        return (1, 1) if len(sender.lstrip("+")) > 8 else (3, 0)  # a full number, a short one

    def _canonical(self, said: str, *, answer: bool) -> str:
        """The centre's name of a message in one form, however it writes it here."""
        first, second = ("", "") if self.options.ids == "same" else self.options.ids.split("-")
        base = {"hex": 16, "decimal": 10}.get(first if answer else second)
        with contextlib.suppress(ValueError):
            if base is not None:
                return str(int(said, base))
        return said.lower()[:80]

    # --- listening

    def listen(self, ear: Ear, stop: threading.Event) -> None:
        """Hold a bind as receiver; a broken line is an exception, whoever keeps us begins again."""
        line = _Line(self.options, f"bind_{self.options.receive_as}")
        session = secrets.token_hex(4)
        silent_since, asked = time.monotonic(), False
        try:
            while not stop.is_set():
                # A packet is begun only when there is one: a time-out in its middle is a fault.
                if not _is_readable(line, 0.5):
                    silent = time.monotonic() - silent_since
                    if silent > self.options.enquire + self.options.timeout:
                        raise ConnectionError(_("the gateway is silent"))
                    if silent > self.options.enquire and not asked:
                        line.client.send_pdu(smpp.make_pdu("enquire_link", client=line.client))
                        asked = True
                    continue
                pdu = line.client.read_pdu()
                silent_since, asked = time.monotonic(), False
                if pdu.command == "deliver_sm":
                    self._take(line, pdu, ear, session)
                else:
                    line.be_polite(pdu)
            line.bid_farewell()
        except (exceptions.ConnectionError, exceptions.PDUError, TimeoutError) as error:
            raise ConnectionError(
                _("the line to the gateway broke: %(why)s", why=str(error))
            ) from error
        finally:
            line.drop()

    def _take(self, line: _Line, pdu: Any, ear: Ear, session: str) -> None:
        """Have a packet written down, then say so; else the centre brings it again."""
        status = consts.SMPP_ESME_ROK
        try:
            if int(pdu.esm_class or 0) & 0x3C:
                report = self._receipt(pdu)
                if report is not None:
                    ear.told(report)
            else:
                ear.heard(_heard(pdu, session))
        except Exception:
            log.exception("what the gateway %s brought could not be written down", self.name)
            status = consts.SMPP_ESME_RX_T_APPN
        reply = smpp.make_pdu("deliver_sm_resp", client=line.client, status=status)
        reply.sequence = pdu.sequence
        line.client.send_pdu(reply)

    def _receipt(self, pdu: Any) -> Told | None:
        """The report of a receipt: optional parameters first, then the text (appendix B)."""
        words = dict(_pairs(_content(pdu)[1].decode("latin-1")))
        said = _plain(pdu.receipted_message_id) or words.get("id", "")
        state = _BY_NUMBER.get(pdu.message_state) or words.get("stat", "").upper()
        if not said or state not in _STATES:
            return None
        error = words.get("err", "")
        reason = state if error in {"", "000", "0"} else f"{state}, err {error}"
        return Told(
            gateway_id=self._canonical(said, answer=False), state=_STATES[state], reason=reason
        )


def _is_readable(line: _Line, seconds: float) -> bool:
    sock: Any = line.client._socket  # noqa: SLF001 - smpplib offers no way to wait
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    return bool(select.select([sock], [], [], seconds)[0])


def _plain(value: Any) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return text.rstrip("\x00")


def _pairs(text: str) -> list[tuple[str, str]]:
    """``id:17 stat:DELIVRD err:000 text:…`` as pairs."""
    head = text.split(" text:", 1)[0].split(" Text:", 1)[0]
    return [
        (name.lower(), value)
        for name, colon, value in (word.partition(":") for word in head.split())
        if colon
    ]


def _relative(seconds: int) -> str:
    """A time from now as SMPP writes it (7.1.1): ``YYMMDDhhmmss000R``."""
    days, rest = divmod(max(60, min(seconds, 27 * 86400)), 86400)
    hours, rest = divmod(rest, 3600)
    return f"0000{days:02}{hours:02}{rest // 60:02}{rest % 60:02}000R"


def _content(pdu: Any) -> tuple[bytes, bytes]:
    """``(user data header, text)`` of a packet."""
    data = pdu.short_message or pdu.message_payload or b""
    if isinstance(data, str):
        data = data.encode("latin-1")
    if int(pdu.esm_class or 0) & consts.SMPP_GSMFEAT_UDHI and data:
        length = data[0] + 1
        return data[1:length], data[length:]
    return b"", data


def _piece(pdu: Any, header: bytes) -> tuple[int, int, int] | None:
    """``(reference, number, count)`` of a part of a long message."""
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if kind == 0x00 and len(value) == 3:
            return value[0], value[2], value[1]
        if kind == 0x08 and len(value) == 4:
            return int.from_bytes(value[:2], "big"), value[3], value[2]
        at += 2 + length
    if pdu.sar_total_segments:
        return (
            int(pdu.sar_msg_ref_num or 0),
            int(pdu.sar_segment_seqnum),
            int(pdu.sar_total_segments),
        )
    return None


def _heard(pdu: Any, session: str) -> Heard:
    """An inbound message. SMPP gives it no name, so it is named by its content and its line."""
    header, data = _content(pdu)
    sender, receiver = _plain(pdu.source_addr), _plain(pdu.destination_addr)
    coding = int(pdu.data_coding or 0)
    if coding == 8:
        text = alphabet.decode(data, "ucs2")
    elif coding == 3:
        text = data.decode("latin-1")
    elif coding == 1:
        text = data.decode("ascii", "replace")
    else:
        text = alphabet.decode(data, "gsm")
    whole = repr((sender, receiver, coding, header, data)).encode()
    digest = hashlib.blake2b(whole, digest_size=12).hexdigest()
    return Heard(
        gateway_id=f"{digest}-{session}-{pdu.sequence}", sender=sender, receiver=receiver,
        text=text, piece=_piece(pdu, header), content=digest,
    )  # fmt: skip


def build(name: str, options: Options) -> Gateway:
    """The gateway of a table."""
    return Smpp(name, options)
