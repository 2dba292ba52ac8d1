"""Reading the board: what is on it, one announcement, who has read it, what is kept by whom."""

from __future__ import annotations

from asurso_announcements.queries.board import (
    PER_PAGE,
    SHELVES,
    Filter,
    Listing,
    listing,
    search,
    unread,
)
from asurso_announcements.queries.circle import Circle, Section, circle, reach, reportable, tally
from asurso_announcements.queries.feed import feed_entries, feed_of, reader_of_feed, school_name
from asurso_announcements.queries.pages import (
    Page,
    audience_form,
    find,
    history,
    may_read_file,
    page,
    people,
    to_edit,
)
from asurso_announcements.queries.rule import (
    addressed,
    is_on_board,
    may_edit,
    may_see_readers,
    readable,
    waits,
)

__all__ = [
    "PER_PAGE",
    "SHELVES",
    "Circle",
    "Filter",
    "Listing",
    "Page",
    "Section",
    "addressed",
    "audience_form",
    "circle",
    "feed_entries",
    "feed_of",
    "find",
    "history",
    "is_on_board",
    "listing",
    "may_edit",
    "may_read_file",
    "may_see_readers",
    "page",
    "people",
    "reach",
    "readable",
    "reader_of_feed",
    "reportable",
    "school_name",
    "search",
    "tally",
    "to_edit",
    "unread",
    "waits",
]
