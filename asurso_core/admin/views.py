"""The start page and the administrator's pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from asurso_core import access, plugins, web
from asurso_core.hookspecs.collect import asurso_widgets
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

core = Blueprint("core", __name__)


@core.get("/")
@access.signed_in
def start() -> Response:
    """The start page: widgets of the enabled plugins."""
    who = web.actor()
    widgets = []
    for _plugin, widget in plugins.collect(asurso_widgets):
        if widget.side not in {None, who.side}:
            continue
        if widget.requires is not None and not who.holds(widget.requires):
            continue
        data = widget.prepare(who)
        if data is not None:
            html = Markup(render_template(widget.template, **data))
            widgets.append(
                {"name": widget.name, "title": widget.title, "html": html, "size": widget.size}
            )
    return web.render("core/start.html", widgets=widgets)


BLUEPRINTS: list[Any] = [core]
NAVIGATION: list[Any] = [
    NavItem(name="start", label=_l("Start page"), endpoint="core.start", icon="house", order=0)
]
