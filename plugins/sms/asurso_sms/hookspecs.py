"""Hooks that the plugin publishes; others implement them with ``optionalhook=True``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from asurso_core import hookspec

if TYPE_CHECKING:
    from asurso_core.accounts import Person
    from asurso_core.actors import Actor


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
