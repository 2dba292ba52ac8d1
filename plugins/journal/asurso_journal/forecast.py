"""What mark a study period is heading for, and what would change it.

The same arithmetic as the suggestion of period marks (:func:`asurso_journal.finals.of_period`, by
the school's rules of today), so that a family never reads another figure than the teacher.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from asurso_core.db import rows
from asurso_journal import finals, policy
from asurso_journal.finals import Needed, Suggestion, Worked


class WorkRow(NamedTuple):
    """A kind of work with its usual weight."""

    id: int
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The period mark that marks speak for, what its average is, and the way to a better one.

    ``average`` is in hundredths: the weighted or the plain one, as the school's rule says
    (``weighted``).
    """

    value: str
    average: int | None
    count: int
    weighted: bool
    needed: tuple[Needed, ...] = ()


def forecast(marks: Iterable[tuple[str, int]]) -> Forecast:
    """What ``(mark, weight)`` pairs of a subject in a period speak for (features.md 3.6, 3.11)."""
    return _told(finals.of_period([Worked(*pair) for pair in marks], policy.final_rules()))


def with_way_up(marks: Iterable[tuple[str, int]], weights: Iterable[int]) -> Forecast:
    """The same with how many fives of each of the ``weights`` lead to the next better mark."""
    rules = policy.final_rules()
    worked = [Worked(*pair) for pair in marks]
    return _told(
        finals.of_period(worked, rules), tuple(finals.way_up(worked, rules, weights))
    )  # fmt: skip


def _told(found: Suggestion, needed: tuple[Needed, ...] = ()) -> Forecast:
    weighted = policy.final_rules().average == finals.WEIGHTED
    return Forecast(found.value, found.average, found.count, weighted, needed)


def kinds_of_work() -> list[WorkRow]:
    """The school's kinds of works in their order; one statement."""
    sql = (
        "SELECT id, name, weight FROM journal_assignment_type WHERE NOT archived "
        "ORDER BY position, id"
    )
    return [WorkRow(*row) for row in rows(sql)]
