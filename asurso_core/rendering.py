"""Templates as this house compiles them: texts put in beforehand, addresses remembered.

A page asks for a hundred texts and thirty addresses. All readers have one language, so a text
without variables is looked up once, when its template is compiled; an address depends only on its
endpoint and values.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from flask import Flask, request, url_for
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from asurso_core import clock
from asurso_core.i18n import date_text, decimal_text, for_templates
from asurso_core.i18n import gettext as _text

_LOOKUPS = frozenset({"_", "gettext"})


class _TextsPutIn(NodeTransformer):
    """Replaces ``_("text")`` by what stands in the catalogue."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        plain = (
            isinstance(node.node, nodes.Name)
            and node.node.name in _LOOKUPS
            and len(node.args) == 1
            and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        )
        if not plain or not isinstance(node.args[0], nodes.Const):
            return node
        # As Jinja's own lookup: the text is safe, and a doubled per cent sign is one.
        found = Markup(_text(str(node.args[0].value)) % {})  # noqa: S704 - our own catalogue
        return nodes.Const(found, lineno=node.lineno, environment=node.environment)


class _Generator(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:  # noqa: N802
        super().visit_Template(_TextsPutIn().visit(node), frame)


def _moment(stamp: dt.datetime) -> str:
    """A stored moment on the school's clock: «24.11.2026 14:05»."""
    return f"{clock.local(stamp):%d.%m.%Y %H:%M}"


def prepare(app: Flask) -> None:
    """Give the application's templates their texts, filters and pictures."""
    env: Any = app.jinja_env
    env.install_gettext_callables(newstyle=True, **for_templates())
    env.code_generator_class = _Generator
    env.add_extension("jinja2.ext.do")
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.filters["date"] = date_text
    env.filters["decimal"] = decimal_text
    env.filters["moment"] = _moment
    env.globals["url_for"] = address


def address(endpoint: str, **values: Any) -> str:
    """``url_for`` of templates: the same answer, remembered while its values are plain."""
    if endpoint.startswith("."):
        return url_for(endpoint, **values)
    try:
        return _address(request.root_path, endpoint, tuple(values.items()))
    except TypeError:  # a value that cannot be a key
        return url_for(endpoint, **values)


@functools.lru_cache(maxsize=8192)
def _address(root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    del root  # url_for reads it from the request; here it only keeps two mounts apart
    return url_for(endpoint, **dict(values))


def forget() -> None:
    """Empty the remembered addresses: another application, with other endpoints."""
    _address.cache_clear()
