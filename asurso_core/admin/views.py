"""The start page and the administrator's pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, render_template, request
from markupsafe import Markup

from asurso_core import access, plugins, web
from asurso_core.admin import queries, services
from asurso_core.errors import Invalid
from asurso_core.hookspecs.collect import asurso_widgets
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

core = Blueprint("core", __name__)


@core.get("/")
@access.signed_in
def start() -> Response:
    """The start page: widgets of the enabled plugins."""
    who = web.actor()
    widgets = []
    for _owner, widget in plugins.collect(asurso_widgets):
        if widget.side not in {None, who.side}:
            continue
        if widget.requires is not None and not who.holds(widget.requires):
            continue
        data = widget.prepare(who)
        if data is not None:
            html = Markup(render_template(widget.template, **data))  # noqa: S704 - escaped there
            widgets.append(
                {"name": widget.name, "title": widget.title, "html": html, "size": widget.size}
            )
    return web.render("core/start.html", widgets=widgets)


@core.get("/admin/plugins")
@access.requires("core.plugins.view")
def installed_plugins() -> Response:
    """Installed plugins, to read only."""
    routes: dict[str, int] = {}
    owners = current_app.extensions["asurso_owner"]
    for rule in current_app.url_map.iter_rules():
        owner = owners.get(rule.endpoint.split(".")[0], "core")
        routes[owner] = routes.get(owner, 0) + 1
    return web.render(
        "core/admin/plugins.html", plugins=queries.installed(web.actor()), routes=routes
    )


@core.get("/admin/health")
@access.requires("core.plugins.view")
def health() -> Response:
    """The state of the system."""
    return web.render("core/admin/health.html", findings=queries.health(web.actor()))


@core.get("/admin/settings")
@access.requires("core.settings.edit")
def settings_list() -> Response:
    """Settings of the school, by owner."""
    return web.render("core/admin/settings.html", pages=queries.settings_pages(web.actor()))


@core.route("/admin/settings/<owner>", methods=["GET", "POST"])
@access.signed_in
def settings_form(owner: str) -> Response:
    """Settings of one owner; its own permission opens the page."""
    who = web.actor()
    page = queries.settings_page(who, owner)
    form = page.form(data=queries.values(who, owner))
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.save_settings(who, owner, form.data)
            except Invalid as refusal:
                form.form_errors.append(refusal.message)
            else:
                flash(_("Saved."), "success")
                return web.go("core.settings_form", owner=owner)
    return web.render("core/admin/settings_form.html", status, page=page, form=form)


BLUEPRINTS: list[Any] = [core]
NAVIGATION: list[Any] = [
    NavItem(name="start", label=_l("Start"), endpoint="core.start", icon="home", order=0),
    NavItem(name="core.settings", label=_l("Settings of the school"),
            endpoint="core.settings_list", section="admin", icon="settings", order=50),
    NavItem(name="core.plugins", label=_l("Plugins"), endpoint="core.installed_plugins",
            section="admin", icon="plugin", order=60),
    NavItem(name="core.health", label=_l("State of the system"), endpoint="core.health",
            section="admin", icon="server", order=70),
]  # fmt: skip
