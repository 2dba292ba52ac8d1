"""Pages of rights: the matrix, one cell of it, the way back to the defaults."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from wtforms import RadioField
from wtforms.validators import InputRequired

from asurso_core import access, clock, web
from asurso_core.accounts.people_forms import Choices, options
from asurso_core.admin import granting, matrix, person_grants, why
from asurso_core.errors import Conflict, Invalid
from asurso_core.forms import DateField, Form, TextField
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.navigation import NavItem

rights = Blueprint("rights", __name__)


class CellForm(Form):
    """The scopes over which a role has a permission."""

    scopes = Choices(
        _l("Over whom"),
        description=_l("Nothing ticked: the role does not have this right."),
    )
    shown = TextField(longest=200)


class DefaultsForm(Form):
    """Consent to the differences that the page showed."""

    shown = TextField(longest=40)


class GiveForm(Form):
    """A right for one person until a day."""

    scope = RadioField(_l("Over whom"), validators=[InputRequired()])
    until = DateField(
        _l("Until which day"),
        required=True,
        description=_l("That day included; then the right ends by itself. At most a year."),
    )
    reason = TextField(
        _l("Reason"),
        longest=255,
        required=True,
        description=_l("For example: stands in for a colleague on sick leave."),
    )


@rights.get("/admin/access")
@access.requires("core.access.view")
def index() -> Response:
    """The matrix: which role may do what, over whom."""
    who = web.actor()
    filters = matrix.Filters(
        owner=request.args.get("owner", "")[:60],
        role=request.args.get("role", "")[:40],
        different=request.args.get("only") == "different",
    )
    found = matrix.matrix(who, filters)
    return web.render(
        "core/admin/access.html",
        found=found,
        given=person_grants.valid(who),
        filters=filters,
        may_edit=who.holds("core.access.edit"),
        here=request.full_path,
    )


@rights.route("/admin/access/roles/<role>/<permission>", methods=["GET", "POST"])
@access.requires("core.access.edit")
@access.fresh
def change(role: str, permission: str) -> Response:
    """Over whom one role has one permission."""
    who = web.actor()
    declared, now = matrix.one_cell(who, permission, role)
    words = matrix.scope_words()
    form = CellForm(data={"scopes": [*now.scopes], "shown": granting.mark(now)})
    form.scopes.choices = options((name, words.get(name, name)) for name in declared.scopes)
    status = 200
    if request.method == "POST":
        status = _tried(form, lambda: granting.change_cell(
            who, permission, role, form.scopes.data or [], shown=form.shown.data or ""
        ))  # fmt: skip
        if status == 0:
            flash(_("Saved. It holds from the next page that these people open."), "success")
            return web.back("rights.index")
        if status == 409:
            now = matrix.one_cell(who, permission, role)[1]
            form.shown.data = granting.mark(now)
    return web.render(
        "core/admin/access_cell.html",
        status,
        form=form,
        permission=declared,
        cell=now,
        risks=matrix.risks_of(declared),
        words=words,
        back=_way_back(),
    )


@rights.route("/admin/access/defaults/<owner>", methods=["GET", "POST"])
@access.requires("core.access.edit")
@access.fresh
def defaults(owner: str) -> Response:
    """What would change if the rights of an owner went back to its defaults; and doing it."""
    who = web.actor()
    title, found = matrix.differences(who, owner)
    form = DefaultsForm(data={"shown": granting.digest(found)})
    status = 200
    if request.method == "POST":
        changed: list[int] = []
        status = _tried(form, lambda: changed.append(
            granting.restore_defaults(who, owner, shown=form.shown.data or "")
        ))  # fmt: skip
        if status == 0:
            number = changed[0]
            flash(ngettext("%(num)s right was changed.", "%(num)s rights were changed.", number),
                  "success")  # fmt: skip
            return web.go("rights.index")
        title, found = matrix.differences(who, owner)
        form.shown.data = granting.digest(found)
    return web.render(
        "core/admin/access_defaults.html",
        status,
        form=form,
        owner_title=title,
        found=found,
        words=matrix.scope_words(),
    )


# --- rights of one person ----------------------------------------------------------------------


@rights.get("/admin/access/people/<int:user_id>")
@access.requires("core.access.view")
def person(user_id: int) -> Response:
    """Rights that one person has beside the roles."""
    who = web.actor()
    account = person_grants.account(who, user_id)
    return web.render(
        "core/admin/access_person.html",
        account=account,
        given=person_grants.valid(who, user_id),
        may_edit=who.holds("core.access.edit") and who.user_id != user_id,
        groups=[
            (title, [(one.name, one.label) for one in permissions])
            for _owner, title, permissions in matrix.by_owner()
        ],
    )


@rights.route("/admin/access/people/<int:user_id>/give", methods=["GET", "POST"])
@access.requires("core.access.edit")
@access.fresh
def give(user_id: int) -> Response:
    """Give one person a right until a day; the address says which right."""
    who = web.actor()
    account = person_grants.account(who, user_id)
    right = person_grants.declared(request.args.get("permission", ""))
    form = GiveForm()
    words = matrix.scope_words()
    form.scope.choices = options((name, words.get(name, name)) for name in right.scopes)
    if request.method == "GET" and len(right.scopes) == 1:
        form.scope.data = right.scopes[0]
    status = 200
    if request.method == "POST":
        status = _tried(form, lambda: person_grants.give(
            who, account, right.name, form.scope.data, form.until.data, form.reason.data or ""
        ))  # fmt: skip
        if status == 0:
            flash(_("The right is given. It ends by itself."), "success")
            return web.go("rights.person", user_id=user_id)
    return web.render(
        "core/admin/access_give.html",
        status,
        form=form,
        account=account,
        permission=right,
        risks=matrix.risks_of(right),
        first_day=clock.today(),
        last_day=clock.today() + person_grants.LONGEST,
    )


@rights.post("/admin/access/people/given/<int:given_id>/revoke")
@access.requires("core.access.edit")
@access.fresh
def revoke(given_id: int) -> Response:
    """Take a right of a person back at once."""
    user = person_grants.revoke(web.actor(), given_id)
    flash(_("The right is taken back."), "success")
    return web.go("rights.person", user_id=user.id)


@rights.get("/admin/access/why")
@access.requires("core.access.view")
def explain() -> Response:
    """Why somebody may or may not do something: the chain that decides."""
    who = web.actor()
    asked = {name: _asked(name) for name in ("login", "permission", "object")}
    error, found = "", []
    if asked["login"] or asked["permission"]:
        try:
            found = why.explain(who, asked["login"], asked["permission"], asked["object"])
        except Invalid as refusal:
            error = refusal.message
    return web.render(
        "core/admin/access_why.html",
        422 if error else 200,
        asked=asked,
        error=error,
        found=found,
        groups=[
            (title, [(one.name, one.label) for one in permissions])
            for _owner, title, permissions in matrix.by_owner()
        ],
        kinds=sorted(access.resources()),
    )


def _asked(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:100]


def _tried(form: Any, deed: Any) -> int:
    """Do a deed for a form that was sent; 0, or the status with which it is shown again."""
    if not form.validate():
        return 422
    try:
        deed()
    except Conflict as error:
        form.form_errors.append(error.message)
        return 409
    except Invalid as error:
        found = [name for name in error.fields if name in form]
        for name in found:
            form[name].errors = error.fields[name]
        if not found:
            form.form_errors.append(error.message)
        return 422
    return 0


def _way_back() -> str:
    wanted = request.values.get("next", "")
    return wanted if web.is_local(wanted) else url_for("rights.index")


BLUEPRINTS: list[Any] = [rights]
NAVIGATION: list[Any] = [
    NavItem(
        name="core.access", label=_l("Access rights"), endpoint="rights.index", section="admin",
        icon="key", order=55,
    ),
]  # fmt: skip
