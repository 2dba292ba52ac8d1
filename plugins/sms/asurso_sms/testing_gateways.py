"""Real gateways for tests: Kannel with a telephone network, a message centre, a hostile provider.

Everything listens on free ports of the loopback. None of it is needed by a school.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from flask import Flask
from flask.testing import FlaskClient

#: What Kannel and the pages under test both know.
SECRET = "a-secret-of-tests"  # noqa: S105 - nobody's
#: Seconds after which something that was to come does not come any more.
PATIENCE = 15.0


def free_port() -> int:
    """A port of the loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def soon(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait until something is true; its value. Raises ``AssertionError`` if it never is."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come")


@contextlib.contextmanager
def configured(app: Flask, **section: Any) -> Iterator[None]:
    """Have ``[plugin.sms]`` of the application say something for the length of a block."""
    before = app.extensions["asurso_config"]
    app.extensions["asurso_config"] = dataclasses.replace(before, plugin={"sms": section})
    app.extensions.pop("asurso_sms", None)
    try:
        yield
    finally:
        app.extensions["asurso_config"] = before
        app.extensions.pop("asurso_sms", None)


# --- who is called back --------------------------------------------------------------------------


@dataclass(frozen=True)
class Called:
    """A call that came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class CallBack:
    """An address for gateways to call; a test hands the calls on to the pages in its own time.

    The pages of a test live inside its transaction, which no other thread can enter.
    """

    def __init__(self) -> None:
        """Listen."""
        self.calls: queue.Queue[Called] = queue.Queue()
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            """Takes whatever comes."""

            def _take(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                calls.put(Called(self.command, self.path, dict(self.headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = _take  # noqa: N815 - names of the library

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def forget(self) -> None:
        """Drop what came for an earlier test."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.calls.get_nowait()

    def next(self) -> Called:
        """The next call; waits for it."""
        return self.calls.get(timeout=PATIENCE)

    def hand_on(self, client: FlaskClient, called: Called | None = None) -> int:
        """Let the pages have the next call, or this one; returns the status of the answer."""
        one = called or self.next()
        kept = {
            name: value for name, value in one.headers.items()
            if name.lower().startswith(("x-", "content-type"))
        }  # fmt: skip
        return client.open(one.path, method=one.method, headers=kept, data=one.body).status_code

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


# --- Kannel --------------------------------------------------------------------------------------

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))


def kannel_is_here() -> bool:
    """Whether Debian's ``kannel`` is installed."""
    return all(shutil.which(name, path=_PATH) for name in ("bearerbox", "smsbox"))


_CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = tests
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = "*.*.*.*"
store-type = file
store-location = {folder}/queue
dlr-storage = internal
log-file = {folder}/bearerbox.log
log-level = 1

group = smsc
smsc = fake
smsc-id = network
port = {network}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
sendsms-chars = "0123456789+"
mo-recode = true
log-file = {folder}/smsbox.log
log-level = 1

group = sendsms-user
username = school
password = tests
max-messages = 5
concatenation = true
user-deny-ip = "*.*.*.*"
user-allow-ip = 127.0.0.1

group = sms-service
keyword = default
catch-all = true
max-messages = 0
post-url = "{callback}/sms/in/kannel?secret={secret}&id=%I&from=%p&to=%P"
"""


class Kannel:
    """A running bearerbox and smsbox, and a telephone network that speaks as ``fakesmsc`` does."""

    def __init__(
        self, folder: Path, callback: CallBack, ports: Mapping[str, int] | None = None
    ) -> None:
        """Start both and connect the network; takes about half a second."""
        self.callback = callback
        names = ("admin", "boxes", "network", "sendsms")
        self.ports = dict(ports or {name: free_port() for name in names})
        file = folder / "kannel.conf"
        file.write_text(
            _CONFIGURATION.format(
                **self.ports, folder=folder, callback=callback.address, secret=SECRET
            )
        )
        self._running: list[subprocess.Popen[bytes]] = []
        self._start("bearerbox", file, "boxes")
        self._start("smsbox", file, "sendsms")
        self._line = socket.create_connection(("127.0.0.1", self.ports["network"]), timeout=5)
        self._line.settimeout(None)
        self.phone: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _start(self, name: str, file: Path, port: str) -> None:
        program = shutil.which(name, path=_PATH) or name
        self._running.append(
            subprocess.Popen(  # noqa: S603 - Debian's own program
                [program, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        soon(lambda: self._answers(port), name)

    def _answers(self, port: str) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.ports[port]), timeout=0.5),
        ):
            return True
        return False

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._line.makefile("r", encoding="latin-1") as lines:
            for line in lines:
                self.phone.put(line.rstrip("\n"))

    @property
    def section(self) -> dict[str, Any]:
        """``[plugin.sms]`` for it."""
        return {
            "gateway": "kannel",
            "sender": "2222",
            "callback": self.callback.address,
            "gateways": {
                "kannel": {
                    "kind": "kannel",
                    "url": f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms",
                    "username": "school",
                    "password": "tests",
                    "secret": SECRET,
                }
            },
        }

    def arrived(self) -> str:
        """The text of the next message, or part of one, that reached a telephone."""
        _sender, _receiver, kind, rest = self.phone.get(timeout=PATIENCE).split(" ", 3)
        if kind == "text":
            return rest
        return unquote_to_bytes(rest.split(" ")[-1].replace("+", " ")).decode("utf-16-be")

    def text(self, sender: str, text: str, to: str = "2222") -> None:
        """Send a message from a telephone."""
        data = "".join(f"%{byte:02x}" for byte in text.encode("utf-16-be"))
        self._line.sendall(f"{sender} {to} ucs2 {data}\n".encode())

    def forget(self) -> None:
        """Drop what arrived for an earlier test."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.phone.get_nowait()

    def close(self) -> None:
        """End everything, the smsbox first."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        for running in reversed(self._running):
            running.send_signal(signal.SIGINT)
        for running in reversed(self._running):
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(5)


# --- a message centre ----------------------------------------------------------------------------


@dataclass
class Centre:
    """A message centre that speaks SMPP 3.4, in a thread of its own."""

    port: int = field(default_factory=free_port)
    #: What it does with each submit: a status of refusal, ``"hang"``, or None to accept.
    behaviour: Callable[[Any], int | str | None] = lambda _submit: None
    submits: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start it."""
        self._loop = asyncio.new_event_loop()
        self._sessions: dict[str, Any] = {}
        self._held: list[Any] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise AssertionError("the message centre did not start")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.suppress(asyncio.CancelledError):
            self._task = self._loop.create_task(self._serve())
            self._loop.run_until_complete(self._task)

    async def _serve(self) -> None:
        import smpp34

        server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="CENTRE")
        await server.start()
        self._ready.set()
        try:
            while True:
                event = await server.next()
                if isinstance(event, smpp34.Esme):
                    self._sessions[event.session_id] = event
                elif isinstance(event, smpp34.Unbound):
                    self._sessions.pop(event.session_id, None)
                else:
                    self._decide(event)
        finally:
            await server.stop()

    def _decide(self, submit: Any) -> None:
        self.submits.append(submit)
        decision = self.behaviour(submit)
        if decision is None:
            submit.accept(message_id=self.id_of(len(self.submits)))
        elif decision == "hang":
            self._held.append(submit)  # let go of, it would be refused
        else:
            submit.reject(decision)

    @staticmethod
    def id_of(number: int) -> str:
        """How the centre names the n-th submit."""
        return f"C{number:05}"

    def options(self, **more: Any) -> dict[str, Any]:
        """The table of a gateway for it."""
        return {
            "kind": "smpp", "host": "127.0.0.1", "port": self.port, "system_id": "school",
            "password": "tests", "timeout": 2.0,
            # smpp34 takes no answers to its messages from a receiver.
            "receive_as": "transceiver", **more,
        }  # fmt: skip

    def section(self, **more: Any) -> dict[str, Any]:
        """``[plugin.sms]`` for it."""
        return {
            "gateway": "centre", "sender": "SCHOOL", "gateways": {"centre": self.options(**more)}
        }  # fmt: skip

    def _receiver(self) -> Any:
        return soon(
            lambda: next((one for one in list(self._sessions.values()) if one.can_receive), None),
            "a bind as receiver",
        )

    def _deliver(self, **values: Any) -> int:
        esme = self._receiver()

        async def deliver() -> int:
            answer = await esme.deliver_sm(**values)
            return int(answer.command_status)

        return asyncio.run_coroutine_threadsafe(deliver(), self._loop).result(PATIENCE)

    def receipt(self, own: str, stat: str = "DELIVRD", error: str = "000") -> int:
        """Report about a message; returns the status of the answer."""
        text = (
            f"id:{own} sub:001 dlvrd:001 submit date:2611241000 done date:2611241001 "
            f"stat:{stat} err:{error} text:..."
        )
        return self._deliver(
            destination_addr="2222", source_addr="79271234567", esm_class=0x04,
            short_message=text.encode(),
        )  # fmt: skip

    def text(self, sender: str, data: bytes, *, coding: int = 8, udh: bool = False) -> int:
        """Bring an inbound message, or a part of one."""
        return self._deliver(
            destination_addr="2222", source_addr=sender, data_coding=coding, short_message=data,
            esm_class=0x40 if udh else 0,
        )  # fmt: skip

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE)
        self._loop.close()


# --- a provider by HTTP that behaves badly -------------------------------------------------------


class Provider:
    """A provider by HTTP; ``mode`` says how it behaves from now on.

    ``fine``; ``refusing`` (429), ``no`` (refused for good), ``broken`` (500), ``hanging`` (no
    answer), ``dripping`` (an answer that never ends), ``dropping`` (takes it and hangs up),
    ``elsewhere`` (a redirect). ``taken`` is what it accepted, in each mode that may accept.
    """

    def __init__(self) -> None:
        """Listen."""
        self.mode = "fine"
        self.asked = 0
        self.taken: list[dict[str, str]] = []
        #: How it calls what it took: ``P-<number>`` by our mark.
        self.numbers: dict[str, int] = {}
        self._one = threading.Lock()
        self.before_answer: Callable[[str], None] = lambda _mark: None
        self._stop = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer._serve(self, self.rfile.read(length).decode())

            do_GET = do_POST  # noqa: N815 - as above

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _serve(self, request: BaseHTTPRequestHandler, body: str) -> None:
        self.asked += 1
        fields = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
        if self.mode in {"refusing", "no", "broken", "elsewhere"}:
            status = {"refusing": 429, "no": 200, "broken": 500, "elsewhere": 302}[self.mode]
            self._answer(request, status, '{"status": "ERROR", "text": "wrong number"}')
            return
        with self._one:
            self.taken.append(fields)
            number = self.numbers[fields["mark"]] = len(self.taken)
        self.before_answer(fields["mark"])
        if self.mode == "hanging":
            self._stop.wait(30)
        elif self.mode == "dropping":
            request.connection.shutdown(socket.SHUT_RDWR)
        elif self.mode == "dripping":
            with contextlib.suppress(OSError):
                request.wfile.write(b"HTTP/1.0 200 OK\r\n")
                while not self._stop.wait(0.1):
                    request.wfile.write(b"X")
                    request.wfile.flush()
        else:
            self._answer(request, 200, f'{{"status": "OK", "id": "P-{number}"}}')

    def _answer(self, request: BaseHTTPRequestHandler, status: int, text: str) -> None:
        data = text.encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        if status == 302:
            request.send_header("Location", f"http://127.0.0.1:{self.port}/elsewhere")
        request.end_headers()
        request.wfile.write(data)

    def section(self, **more: Any) -> dict[str, Any]:
        """``[plugin.sms]`` for it."""
        return {
            "gateway": "provider",
            "callback": "https://school.example",
            "gateways": {
                "provider": {
                    "kind": "http",
                    "url": f"http://127.0.0.1:{self.port}/send",
                    "fields": {"phone": "{to_digits}", "text": "{text}", "mark": "{mark}"},
                    "accepted_path": "status",
                    "accepted_value": "OK",
                    "id_path": "id",
                    "timeout": 0.4,
                    "secret": SECRET,
                    "report_id": "id",
                    "report_state": "state",
                    "report_states": {
                        "DELIVERED": "delivered",
                        "FAILED": "failed",
                        "ACCEPTED": "sent",
                    },
                    "inbound_id": "id",
                    "inbound_from": "from",
                    "inbound_text": "text",
                    **more,
                }
            },
        }

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()


def call_of(path: str, **fields: str) -> str:
    """The address of a call with its secret: ``call_of("report/kannel", id="…", state="1")``."""
    more = "".join(f"&{name}={quote(value)}" for name, value in fields.items())
    return f"/sms/{path}?secret={SECRET}{more}"
