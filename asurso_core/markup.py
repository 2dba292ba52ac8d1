"""Texts that people write: Markdown in, safe HTML out, or plain words for a search.

Two walls stand behind each other: the reader of Markdown knows no HTML at all, and whatever it
makes goes through a list of allowed tags. Pictures come only from our own files.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markupsafe import Markup

#: Tags that may stand in somebody's text. No headings: a message must not shape the page.
_TAGS = {
    "a", "blockquote", "br", "code", "em", "hr", "img", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "ol": {"start"}}
#: What follows the prefix in the address of a picture: ``12/leaf.png``, and nothing that climbs.
_PICTURE = re.compile(r"\d{1,10}/[^/\\?#\s]{1,255}")
#: With more opening brackets than these a text has no links and pictures.
_MOST_BRACKETS = 500
_BLOCK_END = re.compile(r"</(?:p|li|blockquote|pre|td|th|tr)>|<br ?/?>|<hr ?/?>")


def _reader() -> MarkdownIt:
    found = MarkdownIt("js-default", {"html": False, "linkify": False, "breaks": True})
    found.disable(["heading", "lheading", "reference"])
    found.add_render_rule("image", _picture)
    return found


def _picture(
    self: RendererProtocol, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    """A picture of ours, or the words that were meant to stand for somebody else's."""
    del self, options
    token = tokens[at]
    source, words = str(token.attrs.get("src", "")), html.escape(token.content)
    if not _is_ours(source, env["prefix"]):
        return words
    return f'<img src="{html.escape(source)}" alt="{words}">'


def _is_ours(source: str, prefix: str) -> bool:
    return source.startswith(prefix) and bool(_PICTURE.fullmatch(source.removeprefix(prefix)))


@functools.cache
def _the_reader(with_links: bool) -> MarkdownIt:
    found = _reader()
    return found if with_links else found.disable(["link", "image"])


@functools.lru_cache(maxsize=4096)
def markdown(text: str, *, image_prefix: str = "/files/") -> Markup:
    """Somebody's Markdown as HTML that can do no harm.

    Raw HTML is shown as it was typed, links may lead only to http, https and mail addresses and
    give the other site neither credit nor a hold on the page, and pictures not under
    ``image_prefix`` become their words. A line break stays one: people press Enter and mean it.
    """
    # Looking for the end of a link costs the square of the open brackets; nobody needs so many.
    reader = _the_reader(text.count("[") <= _MOST_BRACKETS)
    made = reader.render(text.replace("\x00", ""), {"prefix": image_prefix})

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src" and not _is_ours(value, image_prefix):
            return None
        return value

    safe = nh3.clean(
        made, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=attribute,
        url_schemes={"http", "https", "mailto"}, link_rel="nofollow noopener noreferrer",
    )  # fmt: skip
    return Markup(safe)  # noqa: S704 - cleaned in the line above


def plain(text: str) -> str:
    """The words of Markdown without its signs, on one line: for searches and excerpts."""
    made = _BLOCK_END.sub(" ", str(markdown(text)))
    bare = html.unescape(nh3.clean(made, tags=set()))
    return " ".join(bare.split())


def quote(text: str, author: str = "") -> str:
    """Somebody's text as a Markdown quotation, with a line of who said it."""
    # Quotations within are left out: three people later nobody could read the newest words.
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    body = "\n".join(f"> {line}".rstrip() for line in "\n".join(lines).strip().splitlines())
    return f"> **{author}:**\n{body}\n\n" if author else f"{body}\n\n"
