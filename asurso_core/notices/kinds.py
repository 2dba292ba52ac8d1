"""What plugins declare: kinds of notices, and channels by which they reach people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from asurso_core import plugins
from asurso_core.actors import Actor
from asurso_core.hookspecs.collect import asurso_channels, asurso_notices
from asurso_core.i18n import gettext as _

#: The channel of the kernel itself: the notice centre.
INSIDE = "inside"
OFF, NOW, DAILY, WEEKLY = "off", "now", "daily", "weekly"
#: What a person may choose.
RHYTHMS = (OFF, NOW, DAILY, WEEKLY)
#: What the school may say besides: not offered at all; at once and not to be switched off.
CLOSED, MUST = "closed", "must"


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is told: a title of one line and a text, without greeting and signature.

    ``bland`` may be read by outsiders: it names no child and no mark. Empty, the kind's title
    stands for it.
    """

    title: str
    text: str = ""
    bland: str = ""


@dataclass(frozen=True, kw_only=True)
class NoticeKind:
    """Something that people may want to hear of: ``<owner>.<thing>``.

    ``requires`` is asked over the pupil for every recipient when the notice is made and again
    before it leaves, by the rule of the pages: who may not read it there is not told of it.
    ``current(actor, data)`` makes the words anew for a recipient right before they leave; None
    means that it is no longer true, or not for this person, and then nothing leaves.
    """

    name: str
    title: Any
    #: A heading of the settings page under which it stands.
    group: Any
    #: "family", "staff", or empty for both sides of a person.
    side: str = "family"
    #: It is about a pupil: parents choose for each child.
    of_pupil: bool = False
    requires: str | None = None
    #: It may break the quiet hours.
    urgent: bool = False
    #: It cannot be switched off in the notice centre.
    must: bool = False
    #: Whether it stands there until the school or the person says otherwise.
    inside: str = NOW
    #: The rhythm of outside channels until the school or the person says otherwise.
    outside: str = OFF
    current: Callable[[Actor, Mapping[str, Any]], Words | None] | None = None
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Item:
    """One notice in a parcel; ``url`` is a path of this site."""

    kind: str
    title: str
    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What leaves for one person in one message, made when it leaves.

    Where the person has not agreed to contents, the items hold only bland words.
    """

    reference: str
    person_id: int
    urgent: bool
    digest: bool
    items: tuple[Item, ...]

    @property
    def subject(self) -> str:
        """One line for all of it."""
        if len(self.items) == 1:
            return self.items[0].title
        return _("What is new at school: %(number)s", number=len(self.items))

    @property
    def about_one(self) -> bool:
        """Whether it is a single notice."""
        return len(self.items) == 1


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A way out of the house: ``<owner>.<thing>``.

    ``reach(person_ids)`` gives ``{person id: address in words}`` of those who can be reached now.
    ``hand(reference, person_id, urgent)`` is called inside a transaction and only writes down that
    a message is to leave; the plugin's own job asks for its contents by
    :func:`asurso_core.notices.parcel` right before it sends, and tells what became of it by
    :func:`asurso_core.notices.report`.
    """

    name: str
    title: Any
    reach: Callable[[Iterable[int]], Mapping[int, str]]
    hand: Callable[[str, int, bool], None]
    #: The page on which a person makes oneself reachable.
    endpoint: str | None = None
    #: Contents need the person's consent on the page of notices; else the channel has it already.
    asks_consent: bool = True
    #: Quiet hours hold for it: it makes a sound at night.
    quiet: bool = True
    order: int = 100


def kinds() -> dict[str, tuple[str, NoticeKind]]:
    """``{name: (owner, kind)}`` of enabled owners, in the order of the settings page."""
    found = [(plugin.name, kind) for plugin, kind in plugins.collect(asurso_notices)]
    return {
        kind.name: (owner, kind)
        for owner, kind in sorted(found, key=lambda pair: (pair[1].order, pair[1].name))
    }


def channels() -> dict[str, Channel]:
    """Outside channels of enabled plugins by name."""
    found = [channel for _plugin, channel in plugins.collect(asurso_channels)]
    return {one.name: one for one in sorted(found, key=lambda one: (one.order, one.name))}


def owner_of_kind(name: str) -> str:
    """The plugin that a kind belongs to, by the rule of names."""
    return name.partition(".")[0]
