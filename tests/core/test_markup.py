"""People's texts become HTML that can do no harm."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any

import pytest

from asurso_core.markup import markdown, plain, quote

#: What people try on a forum; none of it may become an element, a handler or a foreign address.
CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<b onmouseover=alert(1)>x</b>",
    "<iframe src=//evil.example></iframe>",
    "<style>body{display:none}</style>",
    "<form action=//evil.example><input name=password></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x73;cript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/a.png)",
    "![x](//evil.example/a.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](/files/../people/1)",
    "![x](/files/1/../../sign-out)",
    "![x](/files/1/a.png?x=1#y)",
    "![x\" onerror=\"alert(1)](/files/1/a.png)",
    "![x](/files/1/a.png \"t\\\" onerror=alert(1)\")",
    "[x](https://ok.example \"t\\\" onclick=alert(1)\")",
    "[a]: javascript:alert(1)\n\n[x][a]",
    "`<script>alert(1)</script>`",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "> <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "|<img src=x onerror=alert(1)>|b|\n|:-:|---|\n|[x](javascript:alert(1))|2|",
    "# <h1 id=app>x</h1>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext></table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
]  # fmt: skip
_TAGS = {
    "a", "blockquote", "br", "code", "em", "hr", "img", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))


def _elements(text: str) -> list[tuple[str, dict[str, Any]]]:
    reader = _Elements()
    reader.feed(str(markdown(text)))
    return reader.found


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_hostile_becomes_an_element_or_an_address(text: str) -> None:
    for tag, attributes in _elements(text):
        assert tag in _TAGS
        assert set(attributes) <= {"href", "title", "rel", "src", "alt", "start"}
        assert (attributes.get("href") or "https:").split(":")[0] in {"http", "https", "mailto"}
        if tag == "img":
            assert attributes["src"] == "/files/1/a.png"


def test_a_picture_of_ours_is_shown_and_a_foreign_one_becomes_its_words() -> None:
    assert 'src="/files/7/лист.png"' in str(markdown("![лист](</files/7/лист.png>)")) or (
        "<img" in str(markdown("![лист](/files/7/list.png)"))
    )
    assert str(markdown("![кот](https://evil.example/cat.png)")) == "<p>кот</p>\n"


def test_a_link_gives_the_other_site_no_hold() -> None:
    ((_tag, attributes),) = [e for e in _elements("[мы](https://school.example)") if e[0] == "a"]
    assert set(attributes["rel"].split()) >= {"nofollow", "noopener"}


def test_a_line_break_stays_one_and_a_heading_is_plain_text() -> None:
    assert "раз<br>\nдва" in str(markdown("раз\nдва"))
    assert "<h1" not in str(markdown("# Важно"))


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "*" * 20_000, "> " * 5_000, "![" * 10_000, "`" * 20_000, "|" * 20_000,
     "- " * 8_000, "<" * 20_000, "a**b" * 5_000, "[x](" * 5_000, "&" * 20_000,
     "_a_" * 6_000, "\n".join("  " * n + "- x" for n in range(140))],
)  # fmt: skip
def test_hostile_length_costs_no_time(text: str) -> None:
    began = time.perf_counter()
    markdown(text)
    assert time.perf_counter() - began < 5


def test_plain_words_and_quotations() -> None:
    assert plain("**Сбор** в _9:00_\n\n> нет\n\n- мост & <b>") == "Сбор в 9:00 нет мост & <b>"
    assert quote("Да\n> старое\nидём", "Ким В. О.") == "> **Ким В. О.:**\n> Да\n> идём\n\n"
