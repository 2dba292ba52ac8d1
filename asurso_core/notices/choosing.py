"""How somebody wants to hear of a kind: own choice, else the school's, else the kind's."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import clock, settings
from asurso_core.db import rows
from asurso_core.notices.kinds import CLOSED, DAILY, INSIDE, MUST, NOW, OFF, WEEKLY, NoticeKind

OWNER = "core.notices"
QUIET, CONTENTS = "core.quiet", "core.contents"
#: Of several kinds that fit one event the swiftest chosen rhythm counts.
_SWIFTNESS = {NOW: 0, DAILY: 1, WEEKLY: 2}
_FRIDAY = 4


def schools(kind: NoticeKind, channel: str) -> str:
    """What the school says of a kind and channel: a rhythm, ``closed`` or ``must``."""
    said = settings.get(OWNER, "rhythms").get(f"{kind.name}/{channel}")
    if said is not None:
        return str(said)
    if channel == INSIDE:
        return MUST if kind.must else kind.inside
    return kind.outside


@dataclass(frozen=True)
class Choices:
    """The choices of some accounts, read at once."""

    said: Mapping[tuple[int, str, int, str], str]

    def rhythm(self, user: int, kind: NoticeKind, about: int, channel: str) -> str:
        """``off``, ``now``, ``daily`` or ``weekly``."""
        default = schools(kind, channel)
        if default == CLOSED:
            return OFF
        if default == MUST or (channel == INSIDE and kind.must):
            return NOW
        for child in (about, 0):
            said = self.said.get((user, kind.name, child, channel))
            if said is not None:
                return said
        return default

    def swiftest(
        self, user: int, kinds: Sequence[NoticeKind], about: int, channel: str
    ) -> str | None:
        """The swiftest rhythm of several kinds; None when all of them are switched off."""
        chosen = {self.rhythm(user, kind, about, channel) for kind in kinds} - {OFF}
        return min(chosen, key=lambda one: _SWIFTNESS[one], default=None)


def of(users: Iterable[int]) -> Choices:
    """What these accounts chose; one statement."""
    found = rows(
        "SELECT user_id, kind, about, channel, rhythm FROM core_notice_choice WHERE user_id IN ?",
        [list(users)],
    )
    return Choices(
        {(user, kind, about, channel): said for user, kind, about, channel, said in found}
    )


def preferences(users: Iterable[int], name: str) -> dict[int, Any]:
    """One preference of each account that has it; one statement."""
    found = rows(
        "SELECT user_id, value FROM core_preference WHERE name = ? AND user_id IN ?",
        [name, list(users)],
    )
    return {user: json.loads(value) for user, value in found}


def quiet_hours(own: Any = None) -> tuple[dt.time, dt.time]:
    """From when to when nobody wants a telephone to ring: the person's own, else the school's."""
    chosen = own if isinstance(own, list) and len(own) == 2 else settings.get(OWNER, "quiet")
    begins, ends = (dt.time.fromisoformat(text) for text in chosen)
    return begins, ends


def due(rhythm: str, *, quiet: tuple[dt.time, dt.time] | None) -> dt.datetime:
    """When something of a rhythm leaves (naive UTC, as stored); ``quiet`` holds it back."""
    now = clock.local(clock.stamp())
    if rhythm == NOW:
        moment = now if quiet is None else _after_quiet(now, *quiet)
    else:
        hour = dt.time.fromisoformat(settings.get(OWNER, "digest"))
        moment = now.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
        if moment <= now:
            moment += dt.timedelta(days=1)
        if rhythm == WEEKLY:
            moment += dt.timedelta(days=(_FRIDAY - moment.weekday()) % 7)
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _after_quiet(now: dt.datetime, begins: dt.time, ends: dt.time) -> dt.datetime:
    at = now.time()
    over_midnight = begins > ends
    inside = (at >= begins or at < ends) if over_midnight else begins <= at < ends
    if begins == ends or not inside:
        return now
    morning = now.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return morning if morning > now else morning + dt.timedelta(days=1)
