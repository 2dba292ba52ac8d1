"""Atom (RFC 4287): the board as programs read it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

from asurso_announcements.queries.feed import Entry
from asurso_core.i18n import gettext as _

_NAMESPACE = "http://www.w3.org/2005/Atom"
#: What XML 1.0 cannot hold in any form, not even escaped: one such sign spoils the whole feed.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Of a feed without entries; it has to name a moment.
_NEVER = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as stored


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    if text:
        made.text = _clean(text)
    return made


def feed(
    school: str, entries: Sequence[Entry], *, home: str, address: Callable[[int], str]
) -> bytes:
    """The feed of a school's board: the same bytes for the same announcements.

    ``home`` is the address of the board, ``address(id)`` of an announcement.
    """
    root = ET.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "ru"})
    _add(root, "title", _("Announcements: %(school)s", school=school))
    _add(root, "id", home)
    _add(root, "link", href=home)
    newest = max((one.changed_at for one in entries), default=_NEVER)
    _add(root, "updated", _stamp(newest))
    for one in entries:
        entry = _add(root, "entry")
        title = _("Urgent: %(title)s", title=one.title) if one.urgent else one.title
        _add(entry, "title", title)
        _add(entry, "id", address(one.id))
        _add(entry, "link", href=address(one.id))
        _add(entry, "published", _stamp(one.at))
        _add(entry, "updated", _stamp(one.changed_at))
        _add(_add(entry, "author"), "name", one.author)
        _add(entry, "summary", one.plain[:300])
        _add(entry, "content", str(one.html), type="html")
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made
