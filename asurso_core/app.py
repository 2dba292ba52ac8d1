"""``create_app()``: the numbered steps of assembly, nothing else."""

from __future__ import annotations

import datetime as dt
import functools
import gc
import hashlib
import logging
import uuid
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

import click
from flask import (
    Blueprint,
    Flask,
    Response,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as BaseResponse

from asurso_core import (
    __version__,
    access,
    audit,
    clock,
    config,
    defects,
    plugins,
    rendering,
    revisions,
    settings,
    slots,
    web,
)
from asurso_core import db as database
from asurso_core.accounts import confirming, signing
from asurso_core.accounts.passwords import LONGEST
from asurso_core.accounts.throttle import SlowDown
from asurso_core.actors import Actor
from asurso_core.errors import AsursoError, Invalid, PluginError, Unavailable
from asurso_core.guards import CLOSED_YEAR
from asurso_core.hookspecs.collect import (
    asurso_blueprints,
    asurso_navigation,
    asurso_permissions,
)
from asurso_core.i18n import (
    LOCALE,
    catalogue_folder,
    use_catalogues,
)
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import SECTIONS, NavItem

log = logging.getLogger("asurso")

SECTION_LABELS = {
    "main": "",
    "study": _l("Studies"),
    "people": _l("People"),
    "school": _l("School"),
    "admin": _l("Administration"),
}


def create_app(settings_of_school: config.Config | None = None) -> Flask:
    """Assemble the application of one school; plugins that do not fit are parked.

    :raises PluginError: the kernel itself breaks a rule of the house.
    """
    conf = settings_of_school or config.load()
    app = Flask("asurso_core", instance_path=str(conf.instance), template_folder=None)
    app.url_rule_class = _Rule
    app.extensions["asurso_config"] = conf
    _1_settings(app, conf)
    _2_database(conf)
    _3_plugins(conf)
    _4_words(app)
    _5_sessions(app)
    _6_pages(app)
    _7_doors(app)
    _8_errors(app)
    _9_headers(app, conf)
    app.extensions["asurso_forget"] = _forget
    _forget()  # of an application that this process had before
    gc.freeze()
    return app


class _Rule(Rule):
    """The rule of an address; how to build it is worked out when it is first asked for.

    That is most of the work of a rule, and each is made twice (see :func:`_try_pages`): done for
    all of them at once it was more than half of the time of :func:`create_app`.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        work_out = functools.cache(super()._compile_builder)
        return lambda rule, **values: work_out(append_unknown)(rule, **values)


class _Json(DefaultJSONProvider):
    """JSON as Flask does it; what is nested too deeply to read is broken, not a defect of ours."""

    sort_keys = False
    ensure_ascii = False  # Russian in half the bytes

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Plain data from text; raises ``ValueError`` for anything broken."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _1_settings(app: Flask, conf: config.Config) -> None:
    app.config.update(
        SECRET_KEY=conf.secret_key,
        MAX_CONTENT_LENGTH=conf.max_body,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=5_000,
        TRUSTED_HOSTS=list(conf.trusted_hosts) or None,
        TESTING=conf.testing,
        SESSION_COOKIE_NAME="__Host-asurso" if conf.https else "asurso",
        SESSION_COOKIE_SECURE=conf.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=conf.https,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE=LOCALE,
        BABEL_DEFAULT_TIMEZONE="UTC",
        SEND_FILE_MAX_AGE_DEFAULT=dt.timedelta(days=30),
    )
    app.json = _Json(app)
    if conf.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=conf.proxies, x_proto=conf.proxies, x_host=conf.proxies
        )


def _2_database(conf: config.Config) -> None:
    if database.db.obj is None:
        database.bind(database.make_database(conf.database))


def _3_plugins(conf: config.Config) -> None:
    if plugins._current is None:  # noqa: SLF001 - tests may have put a manager of their own
        manager = plugins.PluginManager()
        plugins.use(manager)
        manager.load(only=conf.plugins, safe_mode=conf.safe_mode)
    plugins.current().reraise = conf.testing


def _4_words(app: Flask) -> None:
    found = []
    for plugin in plugins.current().plugins.values():
        folder = catalogue_folder(plugin.package)
        if folder is not None:
            found.append((str(folder), plugin.name))
    use_catalogues(found)
    Babel(app, locale_selector=lambda: LOCALE)
    rendering.prepare(app)


def _5_sessions(app: Flask) -> None:
    Bootstrap5(app)
    CSRFProtect(app)
    login = LoginManager(app)
    login.session_protection = None  # our own session rows decide, see accounts.signing
    login.user_loader(signing.load)
    app.before_request(_open_connection)
    app.before_request(_meet_the_actor)
    app.after_request(_settle_faults)
    app.after_request(_write_readings)
    app.teardown_request(_close_connection)


def _open_connection() -> None:
    if request.endpoint is not None and request.endpoint.endswith("static"):
        return
    # Closed again only by whoever opened it: a test's transaction may be around us.
    g.opened = database.db.connect(reuse_if_open=True)


def _settle_faults(response: Response) -> Response:
    plugins.current().settle()
    return response


def _write_readings(response: Response) -> Response:
    """What was shown of persons is written when it is known that it is shown."""
    who: Actor | None = g.get("actor")
    if who is not None and response.status_code < 400 and not database.db.is_closed():
        audit.write_readings(who)
    return response


def _close_connection(_error: BaseException | None) -> None:
    if g.pop("opened", False) and not database.db.is_closed():
        database.db.close()


def _meet_the_actor() -> None:
    g.actor = None
    g.revisions = {}
    # A test's application context outlives its requests: nobody of an earlier one stays in it.
    g.pop("_login_user", None)
    if "opened" not in g:
        return
    user = current_user
    g.actor = user.actor if user.is_authenticated else None
    if g.actor is not None:
        plugins.current().refresh(g.revisions.get("plugins", 0))
        settings.refresh(g.revisions.get("settings", 0))


def _6_pages(app: Flask) -> None:
    from jinja2 import ChoiceLoader, FileSystemLoader

    conf: config.Config = app.extensions["asurso_config"]
    manager = plugins.current()
    loaders = [FileSystemLoader(conf.instance / "templates")]
    loaders += [
        FileSystemLoader(Path(plugins.folder_of(plugin.package)) / "templates")
        for plugin in manager.plugins.values()
    ]
    app.jinja_loader = ChoiceLoader(loaders)
    for plugin in list(manager.plugins.values()):
        if plugin.name not in manager.plugins:
            continue  # parked with one that it stands on
        try:
            _try_pages(plugin)
        except PluginError as error:
            manager.park(plugin.name, str(error))
    for plugin, blueprint in manager.collect(asurso_blueprints, everything=True):
        app.register_blueprint(blueprint, url_prefix=_prefix(plugin, blueprint))
    _serve_static(app)
    app.extensions["asurso_owner"] = {
        blueprint.name: plugin.name
        for plugin, blueprint in manager.collect(asurso_blueprints, everything=True)
    }
    app.context_processor(_common_context)
    app.jinja_env.globals["frame_piece"] = _piece
    app.jinja_env.globals["slot"] = slots.render
    app.jinja_env.globals["asset"] = functools.lru_cache(maxsize=512)(_asset)


def _prefix(plugin: plugins.Plugin, blueprint: Blueprint) -> str | None:
    return blueprint.url_prefix if plugin.name == "core" else f"/{plugin.name}"


def _try_pages(plugin: plugins.Plugin) -> None:
    """Look at a plugin's pages in an application of their own, before any of them counts.

    :raises PluginError: a foreign name, a clash, or an endpoint that does not say who may enter.
    """
    trial = Flask("trial", static_folder=None, template_folder=None)
    trial.url_rule_class = _Rule
    manager = plugins.current()
    known = {
        permission.name
        for _owner, permission in manager.collect(asurso_permissions, everything=True)
    }
    for owner, blueprint in manager.collect(asurso_blueprints, everything=True):
        if owner is not plugin:
            continue
        if plugin.name != "core" and blueprint.name.split("_")[0] != plugin.name:
            raise PluginError(f"{plugin.name}: blueprint {blueprint.name!r} has a foreign name")
        try:
            trial.register_blueprint(blueprint, url_prefix=_prefix(plugin, blueprint))
        except Exception as error:
            raise PluginError(f"{plugin.name}: pages cannot be added: {error}") from error
    for endpoint, view in trial.view_functions.items():
        _demand_door(endpoint, view, known)


def _demand_door(endpoint: str, view: Any, known: Container[str]) -> None:
    if endpoint.endswith("static"):
        return
    door = access.door_of(view)
    if door is None:
        owner = endpoint.split(".", maxsplit=1)[0]
        raise PluginError(
            f"endpoint {endpoint} does not say who may enter: "
            f"put @access.requires('{owner}.…') above the view"
        )
    if door.permission is not None and door.permission not in known:
        raise PluginError(f"endpoint {endpoint} asks an unknown permission {door.permission}")


def _serve_static(app: Flask) -> None:
    from flask import abort, send_from_directory

    @access.public
    def static(owner: str, filename: str) -> Response:
        plugin = plugins.current().plugins.get(owner)
        if plugin is None or not plugins.current().is_enabled(owner):
            abort(404)
        folder = Path(plugins.folder_of(plugin.package)) / "static" / owner
        # Addresses with a mark of the content may be kept; modules that scripts import by plain
        # name are asked about again, so that an upgrade reaches every browser.
        kept = 30 * 86400 if "v" in request.args else 0
        return send_from_directory(folder, filename, max_age=kept)

    app.add_url_rule("/assets/<owner>/<path:filename>", "assets_static", static)


def _asset(path: str) -> str:
    """Address of a static file ``<owner>/<file>`` with a mark of its content."""
    owner, _slash, name = path.partition("/")
    plugin = plugins.current().plugins[owner]
    file = Path(plugins.folder_of(plugin.package)) / "static" / owner / name
    mark = hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest() if file.exists() else "0"
    return url_for("assets_static", owner=owner, filename=name, v=mark)


def _common_context() -> dict[str, Any]:
    """What every template knows; made once a request, however many templates it renders."""
    found: dict[str, Any] | None = g.get("common_context")
    if found is None or found["actor"] is not g.get("actor"):
        found = g.common_context = _make_common_context()
    return found


def _make_common_context() -> dict[str, Any]:
    who: Actor | None = g.get("actor")
    return {
        "actor": who,
        "menu": _menu(who),
        "school": _school_card(g.get("revisions", {}).get("school", 0)),
        "theme": (who.preferences.get("theme") if who else request.cookies.get("theme")) or "auto",
        "today": clock.today(),
        "idle_minutes": who.preferences.get("idle_minutes") if who else None,
        "csrf_token": generate_csrf,
    }


@functools.lru_cache(maxsize=4)
def _school_row(revision: int, bound: int) -> dict[str, Any]:
    from asurso_core.school import School

    del revision, bound
    row = School.select().first()
    if row is None:
        return {"name": "АСУ РСО", "short_name": "Школа", "demo": False}
    clock.set_zone(row.zone)
    return {"name": row.name, "short_name": row.short_name, "demo": row.demo}


def _school_card(revision: int) -> dict[str, Any]:
    if database.db.is_closed():
        return {"name": "АСУ РСО", "short_name": "Школа", "demo": False}
    if not revision:
        return _school_row.__wrapped__(0, 0)
    return _school_row(revision, id(database.db.obj))


def _menu(who: Actor | None) -> list[dict[str, Any]]:
    if who is None or who.must_change or who.must_enrol:
        return []
    sections = _menu_items(who.roles, who.personal, who.side, tuple(sorted(g.revisions.items())))
    items = [item for part in sections for item in part["items"]]
    here = _place_in_menu(items)
    return [
        {
            "label": part["label"],
            "items": [{**item, "active": item["endpoint"] == here} for item in part["items"]],
        }
        for part in sections
    ]


def _place_in_menu(items: list[dict[str, Any]]) -> str | None:
    """The endpoint of the item that the page stands under: itself, or the nearest one above it.

    "Above" is told by the address: ``/admin/plugins/diary`` stands under ``/admin/plugins``.
    """
    for item in items:
        if item["endpoint"] == request.endpoint:
            return str(item["endpoint"])
    start = url_for("core.start")
    above = [
        item for item in items
        if item["url"] != start
        and (request.script_root + request.path).startswith(item["url"].rstrip("/") + "/")
    ]  # fmt: skip
    nearest = max(above, key=lambda item: len(item["url"]), default=None)
    return str(nearest["endpoint"]) if nearest else None


# --- the frame of a page, made once --------------------------------------------------------------

#: Stand in cached pieces for what differs from request to request.
_TOKEN, _HERE = "\x02token\x02", "\x02here\x02"
_pieces: dict[Any, str] = {}


def _piece(name: str) -> Markup:
    """A part of the frame around every page, rendered once for all who see the same.

    The frame is half of the work of a small page: forty links, thirty texts. ``menu``, ``tabbar``
    and ``foot`` depend on roles and place, ``top`` on the person, ``texts`` on nothing.
    """
    who: Actor | None = g.get("actor")
    common = _common_context()
    key: tuple[Any, ...] = (name, common["theme"], tuple(sorted(g.get("revisions", {}).items())))
    if name == "top":
        key += (who.user_id, who.side, who.must_change, who.must_enrol, who.unread) if who else ()
    elif name != "texts" and who:
        # Of the page only that counts which item of the menu it stands under.
        here = [item["endpoint"] for part in common["menu"] for item in part["items"]
                if item["active"]]  # fmt: skip
        key += (who.roles, who.personal, who.side, who.sides, who.must_enrol, *here)
    if key not in _pieces:
        if len(_pieces) > 1000:
            _pieces.clear()
        own = {**common, "csrf_token": lambda: _TOKEN, "here": _HERE}
        _pieces[key] = render_template(f"core/_frame/{name}.html", **own)
    made = _pieces[key]
    if _TOKEN in made:
        made = made.replace(_TOKEN, generate_csrf())
    if _HERE in made:
        made = made.replace(_HERE, str(escape(request.full_path)))
    return Markup(made)  # noqa: S704 - our own templates, escaped where they were rendered


_menus: dict[Any, list[dict[str, Any]]] = {}


def _menu_items(
    roles: frozenset[str], personal: frozenset[tuple[str, str]], side: str, revisions: Any
) -> list[dict[str, Any]]:
    key = (roles, personal, side, revisions, clock.zone())
    if key in _menus:
        return _menus[key]
    if len(_menus) > 200:
        _menus.clear()
    who: Actor = g.actor
    from flask import current_app

    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    for owner, item in plugins.collect(asurso_navigation):
        if item.side not in {None, side}:
            continue
        view = current_app.view_functions.get(item.endpoint)
        if view is None:
            continue
        door = access.door_of(view)
        if door is not None and door.permission is not None and not who.holds(door.permission):
            continue
        made = plugins.current().contained(
            owner.name, "asurso_navigation", _menu_item, {"item": item}
        )
        if made is not None:
            sections[item.section].append(made)
    _menus[key] = [
        {"label": str(SECTION_LABELS[name]), "items": items}
        for name, items in sections.items()
        if items
    ]
    return _menus[key]


def _menu_item(item: NavItem) -> dict[str, Any]:
    return {
        "label": str(item.label),
        "url": url_for(item.endpoint),
        "icon": item.icon,
        "endpoint": item.endpoint,
        "badge": None,
    }


def _forget() -> None:
    """Empty the caches that hang on revisions (tests roll revisions back)."""
    _menus.clear()
    _pieces.clear()
    _school_row.cache_clear()
    rendering.forget()


# --- doors -------------------------------------------------------------------------------------

#: Endpoints that stay open to somebody who must first change a one-time password.
OPEN_BEFORE_CHANGE = {"accounts.change_password", "accounts.sign_out", "accounts.ping"}
#: Endpoints that stay open to somebody of whom a second factor is required and who has none yet.
OPEN_BEFORE_FACTOR = OPEN_BEFORE_CHANGE | {
    "accounts.second_factor_page", "accounts.begin_factor", "accounts.switch_side",
}  # fmt: skip


def _7_doors(app: Flask) -> None:
    known = {
        permission.name
        for _owner, permission in plugins.current().collect(asurso_permissions, everything=True)
    }
    for endpoint, view in app.view_functions.items():
        _demand_door(endpoint, view, known)
        if access.is_callback(view):
            app.extensions["csrf"].exempt(view)
    # After Flask-WTF's own check, which is registered first.
    app.before_request(_door)


def _door() -> BaseResponse | tuple[Any, int] | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint.endswith("static"):
        return None
    from flask import abort, current_app

    owner = current_app.extensions["asurso_owner"].get(request.blueprint or "", "core")
    if owner != "core" and g.actor is None:
        # Whoever is not signed in has not learnt the revisions with the session.
        plugins.current().refresh(revisions.of("plugins")[0])
    if not plugins.current().is_enabled(owner) or _beyond_ids(request.view_args):
        abort(404)
    if request.method not in {"GET", "HEAD", "OPTIONS"} and _is_foreign():
        abort(403)
    door = access.door_of(current_app.view_functions[endpoint])
    if door is None:
        abort(403)
    if door.kind == "public":
        return None
    who: Actor | None = g.actor
    if who is None:
        if wants_json():
            return _json_error(401, "signed_out", _("You are signed out. Sign in again.")), 401
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=wanted if wanted != "/" else None))
    if who.must_change and endpoint not in OPEN_BEFORE_CHANGE:
        if wants_json():
            return _json_error(403, "must_change", _("Change the one-time password first.")), 403
        return redirect(url_for("accounts.change_password"))
    if who.must_enrol and not who.must_change and endpoint not in OPEN_BEFORE_FACTOR:
        if wants_json():
            return _json_error(403, "must_enrol", _("Set up the second factor first.")), 403
        return redirect(url_for("accounts.second_factor_page"))
    if door.permission is not None and not who.holds(door.permission):
        abort(403)
    if request.method not in {"GET", "HEAD", "OPTIONS"} and access.is_fresh_only(
        current_app.view_functions[endpoint]
    ):
        return _fresh_or_asked(who)
    return None


def _fresh_or_asked(who: Actor) -> BaseResponse | tuple[Any, int] | None:
    """Let a risky deed through, or ask for the password and send the same form once more."""
    if confirming.is_fresh(who):
        return None
    if wants_json():
        message = _("This deed asks for your password again: do it on its page.")
        return _json_error(403, "confirm", message), 403
    status, message, wait = 403, "", 0
    password = request.form.get(confirming.FIELD)
    if password is not None:
        try:
            if len(password) > LONGEST:
                raise Invalid(_("The present password does not fit."))
            confirming.confirm(who, password, signing.visitor().secret)
        except (Invalid, SlowDown) as error:
            status, message = error.status, error.message
            wait = getattr(error, "seconds", 0)
        else:
            return None
    left_out = {"csrf_token", confirming.FIELD}
    response = web.render(
        "core/accounts/confirm.html",
        status,
        message=message,
        field=confirming.FIELD,
        fields=[pair for pair in request.form.items(multi=True) if pair[0] not in left_out],
        action=request.full_path.rstrip("?"),
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _beyond_ids(values: Mapping[str, Any] | None) -> bool:
    """Whether an address holds a number that no id can be: no statement could be asked for it."""
    return any(isinstance(value, int) and value >= 2**31 for value in (values or {}).values())


def _is_foreign() -> bool:
    """Whether another site sent this writing request (T13)."""
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return True
    origin = request.headers.get("Origin")
    return origin not in {None, "null"} and origin != request.host_url.rstrip("/")


def wants_json() -> bool:
    """Whether the request came from a script and wants data, not a page."""
    if request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return (
        best == "application/json"
        and request.accept_mimetypes[best] > (request.accept_mimetypes["text/html"])
    )


# --- errors ------------------------------------------------------------------------------------

_PLAIN = {
    400: _l("The request cannot be understood. Go back and try again."),
    403: _l("This is not open to you. If you need it for your work, ask the administrator."),
    404: _l("There is no such page, or it is not open to you."),
    405: _l("This address is not used this way. Go back and try again."),
    413: _l("What you sent is too large."),
    429: _l("Too many attempts. Wait a little and try again."),
    500: _l("The program made a mistake. Tell the administrator the number below."),
}


def _8_errors(app: Flask) -> None:
    app.register_error_handler(AsursoError, _refusal)
    app.register_error_handler(CSRFError, _bad_token)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _defect)


def _error_page(status: int, message: str, number: str = "", **details: Any) -> tuple[Any, int]:
    code = str(details.pop("code", status))
    if wants_json():
        return _json_error(status, code, message, number=number, **details), status
    try:
        page = render_template(
            "core/error.html",
            status=status,
            title=_TITLES.get(status, _l("Something is not right")),
            message=message,
            number=number,
            details=details,
            home_url="/",
        )
    except Exception:
        log.exception("the error page itself failed")
        return Markup("<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p>").format(
            status, message
        ), status
    return page, status


_TITLES = {
    400: _l("Not understood"),
    403: _l("No access"),
    404: _l("Not found"),
    405: _l("Not understood"),
    409: _l("Somebody changed it first"),
    413: _l("Too large"),
    422: _l("Please check what you entered"),
    429: _l("Too many attempts"),
    500: _l("A mistake of the program"),
    503: _l("Not possible just now"),
}


def _json_error(status: int, code: str, message: Any, **more: Any) -> Response:
    body = {"code": code, "message": str(message), **{k: v for k, v in more.items() if v}}
    response = jsonify(error=body)
    response.status_code = status
    return response


def _refusal(error: AsursoError) -> Any:
    fields = getattr(error, "fields", {})
    return _error_page(error.status, error.message, code=error.code, fields=fields, **error.details)


def _bad_token(error: CSRFError) -> Any:
    log.info("refused token: %s", error.description)
    return _error_page(
        400, _("This page has grown old. Reload it and repeat what you did."), code="token"
    )


def _http_error(error: HTTPException) -> Any:
    if error.code is not None and 300 <= error.code < 400:
        return error
    status = error.code or 500
    page = _error_page(status, str(_PLAIN.get(status, error.description)))
    allow = dict(error.get_headers()).get("Allow")
    if allow and isinstance(page[0], (str, Markup)):
        return page[0], status, {"Allow": allow}
    return page


def _defect(error: Exception) -> Any:
    if CLOSED_YEAR in str(error):
        return _error_page(403, _("This year is closed: it can be read, but not changed."))
    told = database.told_plainly(error)
    if isinstance(told, Unavailable):
        return _error_page(503, told.message, code=told.code)
    from flask import current_app

    if current_app.testing:
        raise error
    number = uuid.uuid4().hex[:8]
    owner = current_app.extensions["asurso_owner"].get(request.blueprint or "", "core")
    if owner != "core":
        plugins.current().note(owner, request.endpoint or request.path, error, strike=False)
    log.error("defect %s at %s %s", number, request.method, request.path, exc_info=error)
    defects.note(Path(current_app.instance_path), number, str(request.endpoint), error)
    return _error_page(500, str(_PLAIN[500]), number=number)


# --- headers -----------------------------------------------------------------------------------

_CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def _9_headers(app: Flask, conf: config.Config) -> None:
    app.extensions["asurso_version"] = __version__

    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _CSP)  # a file brings a stricter one
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if conf.https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response

    app.after_request(protect)


def cli_of(app: Flask) -> list[click.Command]:
    """Commands that plugins contribute, each under the name of its plugin."""
    from asurso_core.hookspecs.collect import asurso_cli

    del app
    return [command for _plugin, command in plugins.collect(asurso_cli)]
