"""Notices: what people are told, how each of them wants to hear of it, and what became of it.

What the house promises of them stands in docs/developers/notices.md.
"""

from __future__ import annotations

from asurso_core.notices.handing import parcel, report
from asurso_core.notices.kinds import Channel, Item, NoticeKind, Parcel, Words
from asurso_core.notices.services import seen
from asurso_core.notices.telling import tell

__all__ = ["Channel", "Item", "NoticeKind", "Parcel", "Words", "parcel", "report", "seen", "tell"]
