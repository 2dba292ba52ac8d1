"""Telling people something: who it is for, how each of them wants to hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from asurso_core import access, clock
from asurso_core.accounts import Person, queries
from asurso_core.actors import Actor
from asurso_core.db import put_rows, rows, stamp_value
from asurso_core.fields import as_text
from asurso_core.jobs import enqueue
from asurso_core.notices import choosing
from asurso_core.notices.kinds import INSIDE, NOW, NoticeKind, Words, channels, kinds
from asurso_core.notices.models import WAITING, Notice, NoticeDelivery

HAND = "core.hand_notices"
_LONGEST_TITLE, _LONGEST_TEXT = 200, 4000
#: Recipients are worked out and written in portions of so many.
_PORTION = 500

_FAMILY = """
    SELECT ? AS person UNION
    SELECT k.guardian_id FROM core_guardian k WHERE k.pupil_id = ? AND k.may_receive
"""
_ACCOUNTS = """
    SELECT u.person_id, u.id,
           (SELECT COUNT(*) FROM core_user_role ur JOIN core_role r ON r.id = ur.role_id
             WHERE ur.user_id = u.id AND (r.side = ? OR ? = ''))
      FROM core_user u JOIN core_person p ON p.id = u.person_id
     WHERE u.state = 'active' AND p.archived_at IS NULL AND u.person_id IN ?
"""


@dataclass(frozen=True, kw_only=True)
class News:
    """What is to be told: of which kinds (the first names it), about whom, in which words.

    ``url`` is a path of this site. ``data`` are ids for the kind's ``current``.
    """

    kinds: Sequence[NoticeKind]
    words: Words
    key: str
    about: int | None
    url: str
    data: Mapping[str, Any]


def tell(
    kind: str | Sequence[str],
    words: Words,
    *,
    key: str,
    about: int | None = None,
    to: Iterable[int] | None = None,
    url: str = "",
    data: Mapping[str, Any] | None = None,
    by: int | None = None,
) -> int:
    """Tell something; returns to how many people. Call inside a transaction, better in a job.

    ``to`` are ids of persons; without them it is told to the family of the pupil ``about``: the
    pupil and the guardians who may receive information. Several kinds may fit one event (a two is
    a mark and a bad mark): it is told once, by each channel in the swiftest rhythm that was chosen
    for one of them. The same ``key`` is told to the same person once, so a repeated job repeats
    nothing. Whoever did it (``by``, a person) is not told.

    Kinds of plugins that are switched off are told to nobody.

    :raises KeyError: no owner declares such a kind.
    """
    names = [kind] if isinstance(kind, str) else list(kind)
    known = kinds()
    wanted = [known[name][1] for name in names if name in known]
    if not wanted:
        _must_exist(names)
        return 0
    if to is None:
        if about is None:
            raise ValueError("it is told to nobody: neither `to` nor `about`")
        people = [id_ for (id_,) in rows(_FAMILY, [about, about])]
    else:
        people = sorted(set(to))
    news = News(kinds=wanted, words=words, key=key, about=about, url=url, data=dict(data or {}))
    told = 0
    for start in range(0, len(people), _PORTION):
        told += _tell(news, [id_ for id_ in people[start : start + _PORTION] if id_ != by])
    if told:
        enqueue(HAND)
    return told


def _must_exist(names: Sequence[str]) -> None:
    from asurso_core import plugins
    from asurso_core.hookspecs.collect import asurso_notices

    everything = plugins.current().collect(asurso_notices, everything=True)
    declared = {kind.name for _plugin, kind in everything}
    for name in names:
        if name not in declared:
            raise KeyError(f"no plugin declares a notice {name!r}")


def _tell(news: News, people: list[int]) -> int:
    """Tell a portion of people; returns how many were told."""
    accounts = _accounts(news.kinds[0], people)
    chosen = choosing.of(accounts.values())
    shown = {
        person
        for person, user in accounts.items()
        if chosen.swiftest(user, news.kinds, news.about or 0, INSIDE) is not None
    }
    ways = _ways(news, accounts, chosen)
    told = [
        person
        for person, user in accounts.items()
        if (person in shown or person in ways) and _may_hear(news, user)
    ]
    _write(news, told, shown)
    _write_ways(news, accounts, {person: ways[person] for person in told if person in ways})
    return len(told)


def _may_hear(news: News, user: int) -> bool:
    kind = news.kinds[0]
    return news.about is None or not kind.requires or may_read(kind, user, news.about)


def _accounts(kind: NoticeKind, people: list[int]) -> dict[int, int]:
    """``{person: account}`` of those who have an active account with a role on the kind's side."""
    found = rows(_ACCOUNTS, [kind.side, kind.side, people])
    return {person: user for person, user, roles in found if roles}


def may_read(kind: NoticeKind, user: int, about: int) -> bool:
    """Whether an account may read it on the pages: the very rule of the pages (T26)."""
    actor = recipient(kind, user)
    return bool(kind.requires) and bool(
        access.allowed_ids(actor, str(kind.requires), Person, [about])
    )


def recipient(kind: NoticeKind, user: int) -> Actor:
    """The actor of an account on the side on which it reads a kind."""
    return queries.actor_for(user, kind.side or None)


def _ways(
    news: News, accounts: Mapping[int, int], chosen: choosing.Choices
) -> dict[int, dict[str, str]]:
    """``{person: {channel: rhythm}}`` of those who want it outside and can be reached there."""
    found: dict[int, dict[str, str]] = {}
    for name, channel in channels().items():
        wanted = {}
        for person, user in accounts.items():
            rhythm = chosen.swiftest(user, news.kinds, news.about or 0, name)
            if rhythm is not None:
                wanted[person] = rhythm
        reached = channel.reach(sorted(wanted)) if wanted else {}
        for person in reached:
            found.setdefault(person, {})[name] = wanted[person]
    return found


def _write(news: News, told: list[int], shown: Set[int]) -> None:
    main, now = news.kinds[0], stamp_value(clock.stamp())
    urgent = any(kind.urgent for kind in news.kinds)
    names = (
        "person_id", "side", "owner", "kind", "about_id", "title", "text", "url", "data", "key",
        "urgent", "shown", "created_at",
    )  # fmt: skip
    words = news.words
    common = (
        main.side, main.name.partition(".")[0], main.name, news.about,
        words.title[:_LONGEST_TITLE], words.text[:_LONGEST_TEXT], news.url[:255],
        as_text({**news.data, "kinds": [kind.name for kind in news.kinds], "bland": words.bland}),
        news.key[:120], urgent,
    )  # fmt: skip
    put_rows(
        Notice, names, [(person, *common, person in shown, now) for person in told],
        "(person_id, kind, key) DO NOTHING",
    )  # fmt: skip


def _write_ways(
    news: News, accounts: Mapping[int, int], ways: Mapping[int, Mapping[str, str]]
) -> None:
    if not ways:
        return
    main, now = news.kinds[0], stamp_value(clock.stamp())
    urgent = any(kind.urgent for kind in news.kinds)
    quiet = choosing.preferences(accounts.values(), choosing.QUIET)
    known = channels()
    found = rows(
        "SELECT id, person_id FROM core_notice WHERE kind = ? AND key = ? AND person_id IN ?",
        [main.name, news.key[:120], sorted(ways)],
    )
    values = []
    for notice, person in found:
        for name, rhythm in ways[person].items():
            hours = None
            if known[name].quiet and not urgent:
                hours = choosing.quiet_hours(quiet.get(accounts[person]))
            due = stamp_value(choosing.due(rhythm, quiet=hours))
            values.append((notice, name, WAITING, rhythm != NOW, due, now))
    put_rows(
        NoticeDelivery,
        ("notice_id", "channel", "state", "digest", "due_at", "changed_at"),
        values,
        "(notice_id, channel) DO NOTHING",
    )
