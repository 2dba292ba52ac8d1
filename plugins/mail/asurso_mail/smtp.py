"""The way out of the house: one letter to one address, by the operator's mail server (T27, F09).

Outcomes follow RFC 5321. What the server refuses for now (4xx), and what hinders us before it has
taken the letter, may be tried again (:class:`Later`); what it refuses for good (5xx) is told with
its own words (:class:`Never`); what happens after the letter was handed over and before the answer
leaves the outcome unknown: the letter is never sent a second time by itself.

There is no way in: no address to answer to, no mailbox that is read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import smtplib  # noqa: TID251 - this is the channel
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from asurso_core import config
from asurso_mail.services.texts import is_address, is_one_line

#: What ``[plugin.mail]`` may say, and its type.
_KNOWN: dict[str, type | tuple[type, ...]] = {
    "host": str,
    "port": int,
    "security": str,
    "user": str,
    "password": str,
    "from": str,
    "timeout": (int, float),
    "ca": str,
}
_PORTS = {"none": 25, "starttls": 587, "tls": 465}
#: One talk with the server may last so many times as long as one of its answers.
_WHOLE = 3
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Later(Exception):
    """Surely nothing was taken; it may be tried again. The text says why."""


class Never(Exception):
    """The server refuses for good; the text is its own."""


class Misconfigured(Exception):
    """The operator's table does not fit; the text names the option."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """The operator's mail server, as ``[plugin.mail]`` of ``asurso.toml`` names it."""

    host: str
    port: int
    security: str  # none, starttls, tls
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    #: Seconds to wait for one answer of the server.
    timeout: float = 30.0
    #: A file of certificates to trust besides those of the system.
    ca: str = ""

    @property
    def domain(self) -> str:
        """The domain of our address: it names our letters."""
        return self.sender.rpartition("@")[2]

    @property
    def is_bare(self) -> bool:
        """Whether letters and the password cross a network readable by all."""
        return self.security == "none" and self.host not in _LOOPBACK


def server(table: Mapping[str, Any] | None = None) -> Server | None:
    """The server of the configuration; None if there is none, and nothing can be sent out.

    :raises Misconfigured: an unknown option, or one of a wrong kind.
    """
    said = dict(config.of_plugin("mail") if table is None else table)
    if not said:
        return None
    unknown = sorted(set(said) - set(_KNOWN))
    if unknown:
        raise Misconfigured(f"[plugin.mail]: unknown options: {', '.join(unknown)}")
    for name, value in said.items():
        if not isinstance(value, _KNOWN[name]) or isinstance(value, bool):
            raise Misconfigured(f"[plugin.mail]: {name} is of a wrong kind")
    security = said.get("security", "starttls")
    if security not in _PORTS:
        raise Misconfigured('[plugin.mail]: security is "none", "starttls" or "tls"')
    if not said.get("host"):
        raise Misconfigured("[plugin.mail]: host is missing")
    if not is_address(said.get("from", "")):
        raise Misconfigured("[plugin.mail]: from must be an e-mail address")
    if not 0 < said.get("timeout", 30) <= 300:
        raise Misconfigured("[plugin.mail]: timeout is a number of seconds up to 300")
    if not 0 < said.get("port", 25) < 65536:
        raise Misconfigured("[plugin.mail]: port is a number up to 65535")
    return Server(
        host=said["host"], port=said.get("port", _PORTS[security]), security=security,
        sender=said["from"], user=said.get("user", ""), password=said.get("password", ""),
        timeout=float(said.get("timeout", 30)), ca=said.get("ca", ""),
    )  # fmt: skip


# --- the message -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What goes to one address. ``mark`` makes its Message-ID, the same at every attempt."""

    to: str
    name: str
    subject: str
    text: str
    mark: str
    sent_at: dt.datetime  # aware
    files: Sequence[tuple[str, str, bytes]] = ()  # name, content type, bytes
    #: The page on which the reader can put an end to such letters.
    unsubscribe: str = ""


def message(ours: Server, letter: Letter) -> EmailMessage:
    """A letter as it crosses the network: From the school with the sender's name, no Reply-To.

    :raises ValueError: a header would have line ends or other control signs (T27).
    """
    headers = (letter.to, letter.name, letter.subject, letter.mark, letter.unsubscribe)
    if not all(is_one_line(one) for one in (*headers, *(name for name, _t, _b in letter.files))):
        raise ValueError("a header must be one line of plain text")
    if not is_address(letter.to):
        raise ValueError("the address is none")
    made = EmailMessage(policy=SMTP)
    local, _at, domain = ours.sender.rpartition("@")
    made["From"] = Address(letter.name, local, domain)
    to_local, _at, to_domain = letter.to.rpartition("@")
    made["To"] = Address("", to_local, to_domain)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(letter.sent_at)
    made["Message-ID"] = f"<{letter.mark}@{ours.domain}>"
    # Answers of machines would come to a mailbox that nobody reads.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe:
        made["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    made.set_content(letter.text, cte="base64" if not letter.text.isascii() else None)
    for name, type_, data in letter.files:
        maintype, _slash, subtype = type_.partition("/")
        made.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return made


# --- handing over ------------------------------------------------------------------------------


def send(ours: Server, letter: Letter, leaving: Callable[[], None]) -> str:
    """Hand a letter over; returns what the server said when it took it.

    ``leaving()`` is called right before the letter itself is sent: from then on any error but
    :class:`Later` and :class:`Never` leaves the outcome unknown.

    :raises Later: nothing was taken, for now.
    :raises Never: the server refuses this letter for good.
    """
    body = re.sub(rb"(?m)^\.", b"..", message(ours, letter).as_bytes())
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    with contextlib.ExitStack() as held:
        try:
            talk = held.enter_context(_connected(ours))
            _heard(*talk.mail(ours.sender))
            _heard(*talk.rcpt(letter.to))
            code, said = talk.docmd("DATA")
            if code != 354:
                _heard(code, said)
                raise Later(_words(code, said))
        except (smtplib.SMTPException, OSError) as error:
            raise Later(_why(error)) from error
        leaving()
        talk.send(body + b".\r\n")
        code, said = talk.getreply()
        _heard(code, said)
        return _words(code, said)


def _heard(code: int, said: bytes) -> None:
    if 200 <= code < 300 or code == 354:
        return
    if code >= 500:
        raise Never(_words(code, said))
    raise Later(_words(code, said))


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {as_line(text)}"[:400]


def as_line(text: str) -> str:
    """Somebody else's text as one line without control signs."""
    return " ".join("".join(sign if is_one_line(sign) else " " for sign in text).split())


def _why(error: BaseException) -> str:
    """An error of the connection in words, with what the server said if it said something."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {as_line(str(error))}"[:400]


@contextlib.contextmanager
def _connected(ours: Server) -> Iterator[smtplib.SMTP]:
    """A talk with the server, by TLS where it is asked for: never without it then.

    Each answer is waited for so long, and the whole talk is cut off at last: a server that sends
    a byte a minute would hold a worker for days otherwise.
    """
    context = (
        ssl.create_default_context(cafile=ours.ca or None) if ours.security != "none" else None
    )
    talk: smtplib.SMTP
    if ours.security == "tls":
        talk = smtplib.SMTP_SSL(local_hostname=ours.domain, timeout=ours.timeout, context=context)
    else:
        talk = smtplib.SMTP(local_hostname=ours.domain, timeout=ours.timeout)
    talk._host = ours.host  # type: ignore[attr-defined]  # noqa: SLF001 - the name that the certificate is compared with
    cutter = threading.Timer(ours.timeout * _WHOLE, lambda: _cut(talk))
    cutter.daemon = True
    cutter.start()
    try:
        code, said = talk.connect(ours.host, ours.port)
        if code != 220:
            raise Later(_words(code, said))
        talk.ehlo_or_helo_if_needed()
        if ours.security == "starttls":
            if not talk.has_extn("starttls"):
                raise Later("the server offers no STARTTLS; nothing is sent in the open")
            talk.starttls(context=context)
            talk.ehlo()
        if ours.user:
            talk.login(ours.user, ours.password)
        yield talk
        with contextlib.suppress(smtplib.SMTPException, OSError):
            talk.quit()
    finally:
        cutter.cancel()
        with contextlib.suppress(smtplib.SMTPException, OSError):
            talk.close()


def _cut(talk: smtplib.SMTP) -> None:
    if talk.sock is not None:
        with contextlib.suppress(OSError):
            talk.sock.shutdown(socket.SHUT_RDWR)
