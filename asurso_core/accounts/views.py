"""Pages of accounts: signing in and out, one's own settings, sessions, rules, the security log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, jsonify, make_response, request
from flask_wtf.csrf import generate_csrf

from asurso_core import access, clock, plugins, tables, web
from asurso_core.accounts import (
    agents,
    changing,
    entering,
    forms,
    limits,
    second_factor,
    security_log,
    sessions,
    signing,
)
from asurso_core.accounts import demo_accounts as shown
from asurso_core.accounts.passwords import LONGEST
from asurso_core.accounts.queries import actor_for
from asurso_core.accounts.throttle import SlowDown
from asurso_core.errors import Invalid, NotThere
from asurso_core.hookspecs.ask import asurso_landing
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

accounts = Blueprint("accounts", __name__)
#: Apart, so that one's own pages do not light up an item of the administrator's menu.
accounts_admin = Blueprint("accounts_admin", __name__)


# --- signing in and out ------------------------------------------------------------------------


@accounts.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> Response:
    """The sign-in page, and judging what was entered."""
    form = forms.SignInForm()
    if request.method == "GET":
        return web.back("core.start") if g.actor is not None else _sign_in_page(form)
    if not form.validate():
        return _sign_in_page(form, 422)
    try:
        entered = entering.enter(form.login.data, form.password.data, signing.visitor())
    except SlowDown as error:
        form.form_errors.append(error.message)
        return _slowed(_sign_in_page(form, 429), error)
    except Invalid as error:
        form.form_errors.append(error.message)
        return _sign_in_page(form, 422)
    if isinstance(entered, entering.HalfWay):
        signing.hold_half(entered.token)
        return web.go("accounts.sign_in_code", next=_next())
    return _let_in(entered)


def _let_in(entered: entering.Entered) -> Response:
    signing.hold(entered.token)
    _tell_news(entered)
    response = web.back(_landing(entered))
    signing.remember_device(response, entered.device)
    return response


def _next() -> str | None:
    wanted = request.values.get("next", "")
    return wanted if web.is_local(wanted) else None


@accounts.route("/sign-in/code", methods=["GET", "POST"])
@access.public
def sign_in_code() -> Response:
    """The second half of signing in: the code of the app, or one from paper."""
    half = signing.half()
    if g.actor is not None or not half:
        return web.go("accounts.sign_in", next=_next())
    form = forms.CodeForm()
    status, wait = 200, None
    if request.method == "POST":
        status = 422
        try:
            if form.validate():
                return _let_in(entering.enter_with_code(half, form.code.data, signing.visitor()))
        except NotThere as error:
            signing.let_go()
            flash(error.message, "warning")
            return web.go("accounts.sign_in", next=_next())
        except (SlowDown, Invalid) as error:
            status = error.status
            wait = error if isinstance(error, SlowDown) else None
            form.form_errors.append(error.message)
    page = web.render("core/sign_in_code.html", status, form=form, next=_next())
    return _slowed(page, wait) if wait is not None else page


def _sign_in_page(form: forms.SignInForm, status: int = 200) -> Response:
    return web.render(
        "core/sign_in.html",
        status,
        form=form,
        demo_accounts=shown.accounts(current_app.instance_path),
    )


def _slowed(response: Response, error: SlowDown) -> Response:
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _landing(entered: entering.Entered) -> str:
    """Where to begin: what a plugin proposes, else the start page."""
    who = actor_for(entered.user.id, entered.side)
    wanted = plugins.first(asurso_landing, actor=who)
    return wanted if wanted is not None and web.has(wanted) else "core.start"


def _tell_news(entered: entering.Entered) -> None:
    if entered.stranger is not None:
        when = clock.local(entered.stranger)
        flash(
            _(
                "On %(when)s your account was opened from a new device. If it was not you, change "
                "your password: menu of your name, \u201cPersonal settings\u201d.",
                when=date_text(when.date(), "d MMMM") + when.strftime(", %H:%M"),
            ),
            "warning",
        )


@accounts.post("/sign-out")
@access.public
def sign_out() -> Response:
    """End this session and let the browser forget what it kept of it."""
    sessions.sign_out(g.actor, signing.token())
    signing.let_go()
    response = web.go("accounts.sign_in")
    # Pages of this person must not wait for the next one at a shared computer (T07). Not "cookies":
    # the device stays known. Not "storage": it may hold marks of a colleague whose session ended
    # while they were typed; the scripts, which alone put things there, take this person's away.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@accounts.post("/reenter")
@access.public
def reenter() -> Response:
    """Sign in again in place, over a page left open: JSON in, JSON out."""
    try:
        login, password = _credentials()
        entered = entering.enter_again(login, password, signing.visitor())
    except (SlowDown, Invalid) as error:
        answer = jsonify(error={"code": error.code, "message": error.message})
        answer.status_code = error.status
        return _slowed(answer, error) if isinstance(error, SlowDown) else answer
    same = g.actor is None or g.actor.user_id == entered.user.id
    signing.hold(entered.token, keep_forms=same)
    response = jsonify(
        ok=True,
        user_id=entered.user.id,
        login=entered.user.login,
        must_change=entered.must_change,
        csrf_token=generate_csrf(),
    )
    signing.remember_device(response, entered.device)
    return response


def _credentials() -> tuple[str, str]:
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise Invalid(_("Enter your password."))
    login, password = data.get("login") or "", data.get("password")
    if not isinstance(login, str) or not isinstance(password, str) or not password:
        raise Invalid(_("Enter your password."))
    if len(login) > 60 or len(password) > LONGEST or "\x00" in login + password:
        raise Invalid(_("The login or the password does not fit. Check both and try again."))
    return login, password


@accounts.post("/ping")
@access.signed_in
def ping() -> Response:
    """Keep the session alive; tells how many seconds are left of it."""
    sessions.touch(web.actor())
    return jsonify(ok=True, seconds_left=sessions.seconds_left(web.actor()))


@accounts.post("/side")
@access.signed_in
def switch_side() -> Response:
    """Look as staff or as family: a new session with the rights of that side only."""
    visitor = signing.visitor()
    token = sessions.switch(
        web.actor(), request.form.get("side", ""), address=visitor.address, agent=visitor.agent
    )
    signing.hold(token)
    return web.go("core.start")


# --- one's own settings ------------------------------------------------------------------------


@accounts.get("/settings")
@access.signed_in
def settings() -> Response:
    """One's own name, theme, password and places."""
    who = web.actor()
    places = [
        {"row": row, "device": agents.words(row.agent), "here": row.id == who.session_id}
        for row in sessions.own(who)
    ]
    return web.render(
        "core/accounts/settings.html",
        places=places,
        news=security_log.told(entering.recent(who)),
        local=clock.local,
        factor_on=second_factor.is_on(who.user_id or 0),
    )


@accounts.post("/theme")
@access.signed_in
def theme() -> Response:
    """Choose light, dark or automatic."""
    wanted = request.form.get("theme", "")
    changing.choose_theme(web.actor(), wanted)
    response = web.back("accounts.settings")
    # The sign-in page knows nobody: the browser tells it.
    response.set_cookie("theme", wanted, max_age=dt.timedelta(days=365), samesite="Lax")
    return response


@accounts.route("/password", methods=["GET", "POST"])
@access.signed_in
def change_password() -> Response:
    """Change one's password; after a first sign-in nothing else is open before it."""
    who = web.actor()
    ask = changing.asks_old(who)
    form = forms.ChangePasswordForm() if ask else forms.NewPasswordForm()
    if request.method == "GET":
        return web.render("core/accounts/password.html", form=form)
    if not form.validate():
        return web.render("core/accounts/password.html", 422, form=form)
    visitor = signing.visitor()
    try:
        token = changing.change_password(
            who,
            form.old.data if ask else "",
            form.new.data,
            secret=visitor.secret,
            address=visitor.address,
            agent=visitor.agent,
        )
    except SlowDown as error:
        form.form_errors.append(error.message)
        return _slowed(web.render("core/accounts/password.html", 429, form=form), error)
    except Invalid as error:
        for name, messages in error.fields.items():
            form[name].errors = messages
        return web.render("core/accounts/password.html", 422, form=form)
    signing.hold(token)
    flash(_("The password is changed. You are signed out everywhere else."), "success")
    return web.go("core.start" if who.must_change else "accounts.settings")


# --- the second factor -------------------------------------------------------------------------


@accounts.route("/settings/second-factor", methods=["GET", "POST"])
@access.signed_in
def second_factor_page() -> Response:
    """One's own second factor: begin, scan and prove, new paper codes, off."""
    who = web.actor()
    form = forms.CodeForm()
    key = signing.visitor().secret
    if request.method == "POST":
        try:
            if form.validate():
                codes = second_factor.finish(who, form.code.data, key)
                return _codes_page(codes)
        except (SlowDown, Invalid) as error:
            form.form_errors.append(error.message)
            page = _factor_page(form, error.status)
            return _slowed(page, error) if isinstance(error, SlowDown) else page
        return _factor_page(form, 422)
    return _factor_page(form)


def _factor_page(form: Any, status: int = 200) -> Response:
    who, key = web.actor(), signing.visitor().secret
    found = second_factor.of(who.user_id or 0)
    more: dict[str, Any] = {}
    if found is not None and found.confirmed_at is None:
        more = {
            "picture": second_factor.picture_of(second_factor.address_of(found, who.login, key)),
            "typed": second_factor.typed_secret(found, key),
        }
    return web.render(
        "core/accounts/second_factor.html",
        status,
        form=form,
        off=forms.PasswordAgainForm(),
        factor=found,
        left=second_factor.codes_left(who.user_id or 0),
        required=second_factor.is_required(who.roles),
        **more,
    )


def _codes_page(codes: list[str]) -> Response:
    return web.render("core/accounts/recovery_codes.html", codes=codes)


@accounts.post("/settings/second-factor/begin")
@access.signed_in
def begin_factor() -> Response:
    """Make a secret for the app."""
    second_factor.begin(web.actor())
    return web.go("accounts.second_factor_page")


@accounts.post("/settings/second-factor/codes")
@access.signed_in
@access.fresh
def renew_codes() -> Response:
    """New codes on paper; the old ones end."""
    return _codes_page(second_factor.renew_codes(web.actor()))


@accounts.post("/settings/second-factor/off")
@access.signed_in
def factor_off() -> Response:
    """Sign in by the password alone again."""
    form = forms.PasswordAgainForm()
    try:
        if form.validate():
            second_factor.turn_off(web.actor(), form.old.data, signing.visitor().secret)
            flash(_("The second factor is off: the password alone opens your account."), "success")
            return web.go("accounts.settings")
    except (SlowDown, Invalid) as error:
        flash(error.message, "danger")
    return web.go("accounts.second_factor_page")


@accounts.post("/settings/sessions/<int:session_id>/end")
@access.signed_in
def end_session(session_id: int) -> Response:
    """Sign out at one of one's own places."""
    sessions.end_own(web.actor(), session_id)
    flash(_("Signed out there."), "success")
    return web.go("accounts.settings")


@accounts.post("/settings/sessions/end-others")
@access.signed_in
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    sessions.end_others(web.actor())
    flash(_("Signed out everywhere else."), "success")
    return web.go("accounts.settings")


@accounts.get("/search")
@access.requires("core.people.search")
def search() -> Response:
    """Find people."""
    from asurso_core.accounts.people_views import search as find_people

    return find_people()


# --- administration ----------------------------------------------------------------------------


@accounts_admin.get("/admin/sessions")
@access.requires("core.log.security")
def all_sessions() -> Response:
    """Everybody who is signed in now."""
    wanted = _wanted()
    rows, pages, total = web.paged(sessions.everybodys(web.actor(), wanted))
    for row in rows:
        row.device = agents.words(row.agent)
    return web.render(
        "core/accounts/sessions.html",
        rows=rows, pages=pages, page=min(web.page_number(), pages), total=total, wanted=wanted,
        local=clock.local,
    )  # fmt: skip


@accounts_admin.post("/admin/sessions/<int:session_id>/end")
@access.requires("core.log.security")
def end_anybodys_session(session_id: int) -> Response:
    """Sign somebody out at one place."""
    sessions.end_any(web.actor(), session_id)
    flash(_("Signed out there."), "success")
    return web.back("accounts_admin.all_sessions")


@accounts_admin.route("/admin/policy", methods=["GET", "POST"])
@access.requires("core.policy.edit")
def policy() -> Response:
    """Rules of passwords and sessions, idle minutes of the roles."""
    who = web.actor()
    roles = limits.roles(who)
    present = limits.present(who)
    form = forms.policy_form(roles, **present)
    if request.method == "POST" and form.validate():
        idle = {role.id: form[f"idle_{role.id}"].data for role in roles}
        limits.change(who, {name: form[name].data for name in present}, idle)
        flash(_("Saved."), "success")
        return web.go("accounts_admin.policy")
    status = 422 if request.method == "POST" else 200
    return web.render(
        "core/accounts/policy.html", status, form=form, roles=roles, names=list(present)
    )


@accounts_admin.get("/admin/security-log")
@access.requires("core.log.security")
def security() -> Response:
    """The security log, newest first."""
    filters = _log_filters()
    rows, pages, total = web.paged(security_log.entries(web.actor(), **filters))
    return web.render(
        "core/accounts/security_log.html",
        rows=security_log.told(rows), pages=pages, page=min(web.page_number(), pages),
        total=total, kinds=security_log.kinds(), filters=filters,
    )  # fmt: skip


@accounts_admin.get("/admin/security-log.csv")
@access.requires("core.log.security")
def security_file() -> Response:
    """The same log as a table file."""
    query = security_log.entries(web.actor(), **_log_filters())
    response = make_response(tables.write_csv(*security_log.exported(web.actor(), query)))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"security-log-{clock.today().isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted() -> str:
    return request.args.get("q", "").replace("\x00", "").strip()[:100]


def _log_filters() -> dict[str, Any]:
    return {
        "wanted": _wanted(),
        "kind": request.args.get("kind", "")[:64],
        "since": _date("since"),
        "until": _date("until"),
    }


def _date(name: str) -> dt.date | None:
    """A date of the address line; nonsense is no date."""
    try:
        found = dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2100 else None


BLUEPRINTS: list[Any] = [accounts, accounts_admin]
NAVIGATION: list[Any] = [
    NavItem(
        name="sessions", label=_l("Who is signed in"), endpoint="accounts_admin.all_sessions",
        section="admin", order=60, icon="people",
    ),
    NavItem(
        name="security", label=_l("Security log"), endpoint="accounts_admin.security",
        section="admin", order=70, icon="shield",
    ),
    NavItem(
        name="policy", label=_l("Passwords and sessions"), endpoint="accounts_admin.policy",
        section="admin", order=80, icon="lock",
    ),
]  # fmt: skip
