"""The start page and the administrator's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, render_template, request
from markupsafe import Markup

from asurso_core import access, lifecycle, plugins, web
from asurso_core.actors import Actor
from asurso_core.admin import queries, services
from asurso_core.dashboard import Widget
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
    for owner, widget in plugins.collect(asurso_widgets):
        if widget.side not in {None, who.side}:
            continue
        if widget.requires is not None and not who.holds(widget.requires):
            continue
        shown = plugins.current().contained(
            owner.name, f"widget {widget.name}", _shown, {"widget": widget, "who": who}, _BROKEN
        )
        if shown is not None:
            widgets.append(shown if shown is not _BROKEN else _missing(widget))
    return web.render("core/start.html", widgets=widgets)


#: Stands for a piece that could not be made.
_BROKEN: dict[str, Any] = {}


def _shown(widget: Widget, who: Actor) -> dict[str, Any] | None:
    data = widget.prepare(who)
    if data is None:
        return None
    html = Markup(render_template(widget.template, **data))  # noqa: S704 - escaped there
    return {"name": widget.name, "title": str(widget.title), "html": html, "size": widget.size}


def _missing(widget: Widget) -> dict[str, Any]:
    text = _("This part does not work just now. The administrator sees why.")
    return {"name": widget.name, "title": widget.name, "html": text, "size": widget.size}


# --- plugins -----------------------------------------------------------------------------------


@core.get("/admin/plugins")
@access.requires("core.plugins.view")
def installed_plugins() -> Response:
    """Every plugin that is installed or has left data, with its state."""
    cards = lifecycle.overview(web.actor())
    return web.render("core/admin/plugins.html", cards=cards)


@core.get("/admin/plugins/<name>")
@access.requires("core.plugins.view")
def plugin_card(name: str) -> Response:
    """One plugin: what it declares, and what can be done with it."""
    return _plugin_page(name)


def _plugin_page(name: str, status: int = 200, error: str = "") -> Response:
    who = web.actor()
    rules = web.addresses(current_app, name)
    roles = queries.role_labels()

    def usual(permission: access.Permission) -> list[str]:
        return [roles[role] for role in permission.default if role in roles]

    return web.render(
        "core/admin/plugin.html", status, card=lifecycle.card(who, name), rules=rules,
        usual=usual, risks=_risks, may=who.holds(lifecycle.EDIT), error=error,
    )  # fmt: skip


def _risks(permission: access.Permission) -> list[str]:
    """In words, what harm a right can do in wrong hands."""
    words = {
        access.PERSONAL: _("opens personal data"),
        access.CONFIG: _("changes how the school's system works"),
        access.DATALOSS: _("can destroy data"),
        access.MANAGETRUST: _("gives rights to others"),
        access.SPAM: _("reaches many people at once"),
    }
    return [text for mask, text in words.items() if permission.risk & mask]


@core.post("/admin/plugins/<name>/enable")
@access.requires("core.plugins.edit")
@access.fresh
def enable_plugin(name: str) -> Response:
    """Switch a plugin on."""
    lifecycle.enable(web.actor(), name)
    flash(_("The plugin is switched on."), "success")
    return web.go("core.plugin_card", name=name)


@core.post("/admin/plugins/<name>/disable")
@access.requires("core.plugins.edit")
def disable_plugin(name: str) -> Response:
    """Switch a plugin off; its data stay."""
    lifecycle.disable(web.actor(), name)
    flash(_("The plugin is switched off. Its data are kept."), "success")
    return web.go("core.plugin_card", name=name)


@core.post("/admin/plugins/<name>/rights")
@access.requires("core.plugins.edit")
@access.fresh
def decide_rights(name: str) -> Response:
    """Settle the rights that came with a newer version."""
    lifecycle.decide(web.actor(), name, request.form.getlist("right"))
    flash(_("Saved."), "success")
    return web.go("core.plugin_card", name=name)


@core.post("/admin/plugins/<name>/remove")
@access.requires("core.plugins.edit")
@access.fresh
def remove_plugin(name: str) -> Response:
    """Archive the data of a plugin that is switched off, and drop them."""
    folder = Path(current_app.instance_path) / "exports"
    try:
        archive = lifecycle.remove(web.actor(), name, request.form.get("typed", ""), folder)
    except Invalid as refusal:
        return _plugin_page(name, 422, refusal.message)
    flash(_("The data are removed. The archive on the server: %(name)s", name=archive.name),
          "success")  # fmt: skip
    return web.go("core.plugin_card", name=name)


@core.post("/admin/plugins/<name>/forget")
@access.requires("core.plugins.edit")
def forget_plugin(name: str) -> Response:
    """Strike a plugin off the list whose package is gone."""
    lifecycle.forget(web.actor(), name)
    flash(_("The plugin is struck off the list. Its tables stay in the database."), "success")
    return web.go("core.installed_plugins")


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
