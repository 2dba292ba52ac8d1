"""Asking a gateway over HTTP: whole times, bounded answers, no redirects (T24).

Only the standard library: proxies of the environment, cookies and redirects are not its business
here. The address is the operator's, from the configuration.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from asurso_core.i18n import gettext as _
from asurso_sms.hookspecs import Never, NotNow, Unsure

#: The most of an answer that is read, in bytes.
LARGEST = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What the gateway said."""

    status: int
    text: str


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    leaving: Callable[[], None],
    timeout: float,
) -> Answer:
    """Ask once; ``timeout`` is for connecting, and again for the whole exchange after it.

    ``leaving`` is called between both.

    :raises NotNow: no connection came about: surely nothing was handed over.
    :raises Unsure: it broke or took too long after that.
    """
    parts = urlsplit(url)
    # In one line each (T27), and in UTF-8, which the library would refuse half way.
    sent = {name: " ".join(value.split()).encode() for name, value in headers.items()}
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout)
    try:
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            raise NotNow(_("no connection to the gateway: %(why)s", why=_why(error))) from error
        leaving()
        path = parts.path or "/"
        with _deadline(connection, timeout) as late:
            try:
                connection.request(
                    method, f"{path}?{parts.query}" if parts.query else path, body, sent
                )
                answer = connection.getresponse()
                data = answer.read(LARGEST)
            except (OSError, http.client.HTTPException) as error:
                why = _("no answer in time") if late.is_set() else _why(error)
                raise Unsure(_("the gateway did not answer: %(why)s", why=why)) from error
        if late.is_set():
            raise Unsure(_("the gateway did not answer: %(why)s", why=_("no answer in time")))
        return Answer(answer.status, data.decode("utf-8", "replace"))
    finally:
        connection.close()


def _connection(
    scheme: str, host: str, port: int | None, timeout: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(
            host, port, timeout=timeout, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, port, timeout=timeout)


@contextlib.contextmanager
def _deadline(connection: http.client.HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Cut the line when the time is over: a time-out of a socket begins anew with every byte."""
    late = threading.Event()
    line = connection.sock

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def refusal(answer: Answer) -> Exception:
    """What an answer that is no acceptance means, by its status.

    A time-out or a broken line behind the gateway's own proxy (502, 504) tells nothing of the
    message; every other 5xx says that the gateway did not take it. 401 and 403 are about us, not
    about the message: the operator mends them, then it goes out.
    """
    words = " ".join(answer.text.split())[:150] or str(answer.status)
    if answer.status in {502, 504}:
        return Unsure(
            _("the gateway answered %(status)s: %(why)s", status=answer.status, why=words)
        )
    if answer.status >= 500 or answer.status in {408, 425, 429}:
        return NotNow(_("the gateway takes nothing just now: %(why)s", why=words))
    if answer.status in {401, 403}:
        return NotNow(_("the gateway does not let us in: %(why)s", why=words))
    if 300 <= answer.status < 400:
        return NotNow(
            _("the gateway sends us elsewhere: its address in the configuration is wrong")
        )
    return Never(_("the gateway refuses: %(why)s", why=words))


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return _("no answer in time")
    if isinstance(error, ConnectionRefusedError):
        return _("connection refused")
    return f"{type(error).__name__}: {error}"[:150]
