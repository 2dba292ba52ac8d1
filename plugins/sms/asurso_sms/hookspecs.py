"""Hooks of the plugin: gateways, and the commands that can be asked by a text message."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from asurso_core import hookspec

if TYPE_CHECKING:
    from asurso_core.accounts import Person
    from asurso_core.actors import Actor


class NotNow(Exception):
    """The gateway has surely not taken the message; later it may."""


class Never(Exception):
    """The gateway refuses this message for good: no such number, text not allowed."""


class Unsure(Exception):
    """The message was handed over, and nobody knows whether the gateway took it."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message on its way to a gateway."""

    #: Names it for the gateway's reports; the same for every attempt, and not to be guessed.
    mark: str
    to: str  # E.164 with a plus
    text: str
    #: What the receiver sees as the sender; empty leaves it to the gateway.
    sender: str
    #: Seconds after which the network need not deliver it any more.
    valid_for: int
    #: Where the gateway reports what became of it; empty if the school's address is not known.
    report_url: str


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The gateway has taken a message; ``ids`` are its names of the parts, if it tells them."""

    ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a gateway reports: ``sent``, ``delivered``, ``failed``, ``expired`` or ``unknown``."""

    gateway_id: str
    state: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A message that came in, or a piece ``(reference, number, count)`` of a long one."""

    gateway_id: str
    sender: str
    receiver: str
    text: str
    piece: tuple[int, int, int] | None = None
    #: Where the gateway gives messages no names of their own: begins ``gateway_id``, before the
    #: name of the line. The same content on another line shortly after is the same message.
    content: str = ""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a gateway said to ``/sms/in/<gateway>`` or ``/sms/report/<gateway>``.

    ``fields`` are those of the address and of a form, or the plain values of a JSON object.
    """

    fields: Mapping[str, str]
    body: str


class Ear(Protocol):
    """What a gateway tells while it is listened to; both return when it is written down."""

    def told(self, report: Told) -> None:
        """A report about a message."""

    def heard(self, message: Heard) -> None:
        """A message that came in."""


class Gateway:
    """One gateway of the configuration; kinds subclass it."""

    def __init__(self, name: str) -> None:
        """``name`` is the one of its table in the configuration."""
        self.name = name
        #: What its callbacks must bring as ``secret``; empty means that it does not call back.
        self.secret = ""
        #: Networks from which it calls back; empty means any.
        self.addresses: tuple[str, ...] = ()
        #: Whether its reports name messages by our own mark, also before it has answered.
        self.reports_by_mark = False
        #: Whether :meth:`listen` is to be kept going.
        self.listens = False

    def send(self, message: Outgoing, leaving: Callable[[], None]) -> Taken:
        """Hand a message over; call ``leaving()`` right before the first byte of it goes out.

        :raises NotNow: surely not taken, may be tried again.
        :raises Never: refused for good.
        :raises Unsure: nobody knows.
        """
        raise NotImplementedError

    def listen(self, ear: Ear, stop: threading.Event) -> None:
        """Hold the line on which reports and messages come in, until ``stop`` is set."""
        raise NotImplementedError

    def reports(self, call: Call) -> list[Told]:
        """What a call to the report address tells; :class:`ValueError` if it cannot be read."""
        del call
        raise ValueError("this gateway does not report by calls")

    def heard(self, call: Call) -> Heard:
        """The message of a call to the address for inbound ones; :class:`ValueError` as above."""
        del call
        raise ValueError("this gateway does not bring messages by calls")


@dataclass(frozen=True, kw_only=True)
class GatewayKind:
    """A kind of gateway: ``options`` is a frozen dataclass, ``build(name, options)`` makes one.

    Its table in ``asurso.toml`` has the fields of ``options``; those without a default must be
    there, others are told as unknown.
    """

    name: str
    title: Any
    options: type[Any]
    build: Callable[[str, Any], Gateway]
    about: Any = field(default="")


class SmsField(Protocol):
    """What a field of a broadcast must have: any frozen dataclass of this name does.

    ``value`` is asked for by the rights of whoever reads the message, a parent or pupil on the
    family side; :class:`asurso_core.errors.NotThere` means that nothing is told. ``requires`` is
    the permission that the writer of the broadcast needs over the pupil.
    """

    @property
    def name(self) -> str:
        """One Russian word in small letters: ``средний``."""

    @property
    def title(self) -> Any:
        """What it says, for the writer."""

    @property
    def longest(self) -> int:
        """Letters that it may have; more is cut."""

    @property
    def requires(self) -> str:
        """A permission that is asked over pupils."""

    def value(self, reader: Actor, pupil_id: int) -> str:
        """What it says of a pupil to this reader."""


@hookspec
def sms_fields() -> list[SmsField]:  # type: ignore[empty-body]
    """Fields that broadcasts by text message may have: ``{средний}``. Asked once, at the start.

    Implemented with ``optionalhook=True``; nothing of this plugin needs to be imported.

    .. versionadded:: 0.1
    """


@hookspec
def sms_gateways() -> list[GatewayKind]:  # type: ignore[empty-body]
    """Kinds of gateways that the configuration may name. Asked once, when the application starts.

    .. versionadded:: 0.1
    """


# --- questions by text message -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SmsPeriod:
    """A quarter, trimester, half-year or the year, both days included."""

    title: str  # «1 четв», «год»
    starts: dt.date
    ends: dt.date


@dataclass(frozen=True, kw_only=True)
class SmsQuestion:
    """What a query by text message asks of one pupil, besides the command itself.

    ``who`` is how the pupil is called in answers: first name and class, never the surname.
    ``subjects`` are ids of the pupil's subjects that were named; empty means all. ``days`` are the
    first and the last day that were named. ``period`` is the one that was named
    (``period_asked``), else that of today; None for a pupil of a class without periods.
    """

    who: str  # «Иван 5А»
    subjects: tuple[int, ...] = ()
    days: tuple[dt.date, dt.date] | None = None
    period: SmsPeriod | None = None
    period_asked: bool = False
    year: SmsPeriod | None = None  # the pupil's school year


class SmsCommand(Protocol):
    """What a command must have: any frozen dataclass of this name does, nothing is imported.

    ``words`` are Russian, the first one stands in the list of commands; spelling, shortening and
    Latin letters are seen to. ``takes`` are those of ``subject``, ``day`` and ``period`` that it
    understands. ``ahead`` turns a weekday, or a day without a year, to the days to come.

    ``answer`` returns pieces of text that must not be cut; joined by spaces they are the answer.
    It asks the rights of the actor, a parent or pupil on the family side, over this pupil by
    itself; :class:`asurso_core.errors.NotThere` means "not open to you". It writes nothing.
    """

    @property
    def name(self) -> str:
        """``<plugin>.<word>``."""

    @property
    def words(self) -> tuple[str, ...]:
        """``("ОЦЕНКИ", "отметки")``."""

    @property
    def help(self) -> Any:
        """What may follow and what it gives: «[имя] [дата]: домашнее задание»."""

    @property
    def takes(self) -> frozenset[str]:
        """Which arguments it understands besides the pupil's name."""

    @property
    def ahead(self) -> bool:
        """Whether it is asked about days to come rather than about those that were."""

    @property
    def order(self) -> int:
        """Its place in the list of commands."""

    def answer(self, actor: Actor, pupil: Person, question: SmsQuestion) -> Sequence[str]:
        """Pieces of the answer."""


@hookspec
def sms_commands() -> list[SmsCommand]:  # type: ignore[empty-body]
    """Commands that parents and pupils may send as a text message (R2.13.4d).

    Collected once. While the plugin is switched off its commands are not known to anybody.

    .. versionadded:: 0.1
    """


COLLECT = (sms_gateways, sms_fields)
