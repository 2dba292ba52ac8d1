"""Letters in the small school, for the mail's tests."""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from flask.testing import FlaskClient

from asurso_core import settings
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.testing.make import SmallSchool
from asurso_mail import services
from asurso_mail.models import AUTHOR, Copy


@pytest.fixture
def login_as(login_as: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """As the house's own, but the second call for somebody gives the same browser."""
    return functools.cache(login_as)


@pytest.fixture
def write(school: SmallSchool) -> Callable[..., Copy]:
    """``write("parent", "staff:teacher", subject="…")`` sends a letter; gives the author's copy."""

    def send(who: str, *to: str, side: str | None = None, **more: Any) -> Copy:
        tokens = [f"{one.split(':')[0]}:{school.persons[one.split(':')[1]]}" for one in to]
        words = {"subject": "Вопрос", "text": "Здравствуйте! Что задано?", **more}
        return services.send(school.actor(who, side), services.Letter(to=tokens, **words))

    return send


@pytest.fixture
def got(school: SmallSchool) -> Callable[..., Copy]:
    """``got("parent", letter)`` is somebody's copy of a letter that they received."""

    def find(who: str, letter: Copy) -> Copy:
        return Copy.get(
            Copy.message == letter.message_id, Copy.owner == school.persons[who],
            Copy.part != AUTHOR,
        )  # fmt: skip

    return find


@pytest.fixture
def rules(app: Any) -> Callable[..., None]:
    """``rules(parents_to_parents=True)`` sets rules of the school."""
    del app

    def change(**values: Any) -> None:
        with transaction():
            settings.put(system("tests"), "mail", values)
        settings.forget()

    return change


# --- a real mail server ----------------------------------------------------------------------


class Handler:
    """What the server does is said by the recipient's address."""

    def __init__(self):
        self.taken, self.tried = [], []

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tried.append(address)
        mode = address.split("@")[0]
        if mode == "busy":
            return "451 4.3.2 come back later"
        if mode == "nobody":
            return "550 5.1.1 Нет такого ящика".encode("ascii", "replace").decode()
        if mode == "slow":
            await asyncio.sleep(5)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        mode = envelope.rcpt_tos[0].split("@")[0]
        if mode == "full":
            return "452 4.2.2 mailbox full"
        if mode == "spam":
            return "554 5.7.1 looks like spam"
        self.taken.append((server.transport.get_extra_info("ssl_object"), envelope))
        if mode == "close":
            server.transport.abort()
        if mode == "hang":
            await asyncio.sleep(5)
        return "250 2.0.0 taken"


class Server(Controller):
    """aiosmtpd on a free port of loopback."""

    def __init__(self, **options):
        self.options = options
        super().__init__(
            Handler(), hostname="127.0.0.1", port=0, ssl_context=options.pop("tls", None)
        )

    def factory(self):
        return SMTP(self.handler, **self.options)

    def _trigger_server(self):  # the system has chosen the port
        self.port = self.server.sockets[0].getsockname()[1]
        socket.create_connection((self.hostname, self.port)).close()


@pytest.fixture
def serve():
    """``serve()`` starts a server of some kind."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    running = []

    def start(**options):
        server = Server(**options)
        server.start()
        running.append(server)
        return server

    yield start
    for one in running:
        one.stop(no_assert=True)
