"""Pages of people: users, a user's card, one-time passwords, the log, the search box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, flash, jsonify, request, url_for

from asurso_core import access, clock, tables, web
from asurso_core.accounts import people_forms as forms
from asurso_core.accounts import people_queries as queries
from asurso_core.accounts import people_search, people_services, second_factor
from asurso_core.accounts.people_fields import (
    DETAIL_FIELDS,
    LABELS,
    PERSON_FIELDS,
    RELATIONS,
    shown,
)
from asurso_core.accounts.people_fields import date as date_of
from asurso_core.accounts.people_rules import grantable_roles
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.search import find as search_everything
from asurso_core.slots import Slot

people = Blueprint("people", __name__)

#: The most entries that one file of the log holds.
MOST_LOG_ROWS = 20_000


def attempt(form: Any, deed: Callable[[], Any]) -> int:
    """Do a deed for a form that was sent; returns 0, or the status the form is shown again with."""
    if not form.validate():
        return 422
    try:
        deed()
    except Invalid as error:
        found = False
        for name, messages in error.fields.items():
            if name in form:
                form[name].errors = [*form[name].errors, *messages]
                found = True
        if not found:
            form.form_errors.append(error.message)
        return 422
    except Conflict as error:
        form.form_errors.append(error.message)
        for name, value in error.details.get("values", {}).items():
            if name in form:
                now = shown(name, value) or "—"
                form[name].errors = [*form[name].errors, _("There now: %(value)s", value=now)]
        return 409
    return 0


def _values(form: Any) -> dict[str, Any]:
    return {name: form[name].data for name in (*PERSON_FIELDS, *DETAIL_FIELDS) if name in form}


def _id(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


#: What narrows the lists; nothing else of an address is carried over into another.
_FILTERS = ("q", "role", "class", "state", "person", "id", "kind", "author", "since", "until")


def _address(endpoint: str, **more: Any) -> str:
    """The address of an endpoint with the filters of this one."""
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if name in request.args}
    return url_for(endpoint, **{**kept, **more})


def _page_url(number: int) -> str:
    return _address(str(request.endpoint), page=number)


# --- lists and cards ---------------------------------------------------------------------------


@people.get("/people/")
@access.requires("core.users.view")
def index() -> Response:
    """The list of users, searched and narrowed."""
    filters = queries.Filters(
        q=request.args.get("q", "").replace("\x00", "")[:100],
        role=request.args.get("role", "").replace("\x00", ""),
        class_id=_id("class"),
        state=request.args.get("state", ""),
    )
    found, pages, total = web.paged(queries.users(web.actor(), filters))
    return web.render(
        "core/people/index.html",
        rows=queries.rows_of(found),
        pages=pages,
        total=total,
        page=min(web.page_number(), pages),
        page_url=_page_url,
        filters=filters,
        roles=queries.role_labels(),
        classes=queries.class_choices(web.actor()),
        states=STATES,
    )


STATES = [
    ("", _l("all but the archive")),
    ("active", _l("active")),
    ("never", _l("never signed in")),
    ("blocked", _l("blocked")),
    ("archived", _l("in the archive")),
]


@people.get("/people/<int:user_id>")
@access.requires("core.users.view")
def card(user_id: int) -> Response:
    """The page of one user."""
    found = queries.card(web.actor(), user_id)
    return web.render(
        "core/people/card.html", card=found, labels=LABELS, shown=shown, local_time=_moment
    )


def _moment(stamp: Any) -> str:
    return f"{clock.local(stamp):%d.%m.%Y %H:%M}"


# --- new people --------------------------------------------------------------------------------


@people.route("/people/new/staff", methods=["GET", "POST"])
@access.requires("core.users.create_staff")
def new_staff() -> Response:
    """Enter a member of staff."""
    form = forms.StaffForm()
    offered = grantable_roles(web.actor())
    form.roles.choices = forms.options((role.name, role.label) for role in offered)
    made: list[Any] = []

    def deed() -> None:
        roles, login = form.roles.data or [], form.login.data or None
        made.append(people_services.create_staff(web.actor(), _values(form), roles, login))

    return _entered(form, deed, made, _("New member of staff"))


@people.route("/people/new/pupil", methods=["GET", "POST"])
@access.requires("core.users.create_family")
def new_pupil() -> Response:
    """Enter a pupil and their class."""
    form = forms.PupilForm()
    form.school_class.offer(queries.class_choices(web.actor(), "core.users.create_family"))
    made: list[Any] = []

    def deed() -> None:
        school_class = queries.class_of_id(web.actor(), form.school_class.data)
        made.append(
            people_services.create_pupil(
                web.actor(), _values(form), school_class, form.since.data, form.login.data or None
            )
        )

    return _entered(form, deed, made, _("New pupil"))


@people.route("/people/<int:user_id>/parents/new", methods=["GET", "POST"])
@access.requires("core.users.create_family")
def new_parent(user_id: int) -> Response:
    """Enter a parent of a pupil."""
    pupil = queries.user_of(web.actor(), user_id).person
    queries.person_of(web.actor(), "core.users.create_family", pupil.id)
    form = forms.ParentForm()
    made: list[Any] = []

    def deed() -> None:
        made.append(
            people_services.create_parent(
                web.actor(), _values(form), pupil, form.relation.data or "",
                may_receive=form.may_receive.data, login=form.login.data or None,
            )
        )  # fmt: skip

    return _entered(form, deed, made, _("New parent: %(pupil)s", pupil=pupil.call_name))


def _entered(form: Any, deed: Callable[[], None], made: list[Any], title: str) -> Response:
    status = attempt(form, deed) if request.method == "POST" else 200
    if status == 0:
        flash(_("Entered. Now print the slip with the one-time password."), "success")
        return web.go("people.card", user_id=made[0].id)
    return _form(form, title, status, url_for("people.index"))


def _form(form: Any, title: str, status: int, cancel: str, **more: Any) -> Response:
    return web.render(
        "core/people/form.html",
        status,
        form=form,
        form_title=title,
        cancel_url=cancel,
        relations=RELATIONS,
        **more,
    )


# --- changing ----------------------------------------------------------------------------------


def _edited(form: Any, user_id: int, title: str, deed: Callable[[], Any], **more: Any) -> Response:
    """A form about a user: shown, sent, shown again with what is wrong."""
    status = attempt(form, deed) if request.method == "POST" else 200
    if status == 0:
        flash(_("Saved."), "success")
        return web.go("people.card", user_id=user_id)
    return _form(form, title, status, url_for("people.card", user_id=user_id), **more)


@people.route("/people/<int:user_id>/edit", methods=["GET", "POST"])
@access.requires("core.users.view")
def edit(user_id: int) -> Response:
    """Change the data of a person."""
    person = queries.editable_person(web.actor(), user_id)
    form = forms.PersonForm(data={**queries.person_values(person), "version": person.version})

    def deed() -> None:
        people_services.update_person(web.actor(), person, _values(form), form.expected)

    return _edited(form, user_id, person.name, deed)


@people.route("/people/<int:user_id>/login", methods=["GET", "POST"])
@access.requires("core.users.reset_password")
def login(user_id: int) -> Response:
    """Change a login."""
    user = queries.user_for(web.actor(), "core.users.reset_password", user_id)
    form = forms.LoginForm(data={"login": user.login, "version": user.version})

    def deed() -> None:
        people_services.change_login(web.actor(), user, form.login.data or "", form.expected)

    return _edited(form, user_id, _("Login: %(name)s", name=user.person.name), deed)


@people.post("/people/<int:user_id>/second-factor/reset")
@access.requires("core.users.reset_password")
@access.fresh
def reset_factor(user_id: int) -> Response:
    """Take the second factor of somebody who lost phone and paper away."""
    user = queries.user_for(web.actor(), "core.users.reset_password", user_id)
    second_factor.reset(web.actor(), user)
    flash(_("The password alone opens the account now, until the person sets it up again."),
          "success")  # fmt: skip
    return web.go("people.card", user_id=user_id)


@people.route("/people/<int:user_id>/roles", methods=["GET", "POST"])
@access.requires("core.users.edit")
@access.fresh
def roles(user_id: int) -> Response:
    """Change the roles of an account."""
    user = queries.user_for(web.actor(), "core.users.edit", user_id)
    form = forms.RolesForm(data={"roles": queries.names_of_roles(user), "version": user.version})
    form.roles.choices = forms.options(queries.role_labels().items())

    def deed() -> None:
        people_services.set_roles(web.actor(), user, form.roles.data or [], form.expected)

    return _edited(form, user_id, _("Roles: %(name)s", name=user.person.name), deed)


@people.route("/people/<int:user_id>/block", methods=["GET", "POST"])
@access.requires("core.users.edit")
def block(user_id: int) -> Response:
    """Confirm and block an account."""
    user = queries.user_for(web.actor(), "core.users.edit", user_id)
    form = forms.ReasonForm()

    def deed() -> None:
        people_services.block(web.actor(), user, form.reason.data or "")

    told = _("The account is closed at once and its sessions end. Nothing is deleted.")
    title = _("Block: %(name)s", name=user.person.name)
    return _edited(form, user_id, title, deed, told=told, submit=_("Block"))


@people.post("/people/<int:user_id>/unblock")
@access.requires("core.users.edit")
def unblock(user_id: int) -> Response:
    """Open a blocked account again."""
    user = queries.user_for(web.actor(), "core.users.edit", user_id)
    people_services.unblock(web.actor(), user)
    flash(_("The account is open again."), "success")
    return web.go("people.card", user_id=user_id)


@people.route("/people/<int:user_id>/archive", methods=["GET", "POST"])
@access.requires("core.users.archive")
def archive(user_id: int) -> Response:
    """Confirm and move a user to the archive."""
    user = queries.user_for(web.actor(), "core.users.archive", user_id)
    form = forms.ArchiveForm()

    def deed() -> None:
        people_services.archive(web.actor(), user, form.reason.data or "")

    told = _(
        "The user can no longer sign in and disappears from lists. "
        "Marks and records stay, and you can bring the user back at any time."
    )
    title = _("To the archive: %(name)s", name=user.person.name)
    return _edited(form, user_id, title, deed, told=told, submit=_("Move to the archive"))


@people.post("/people/<int:user_id>/restore")
@access.requires("core.users.archive")
def restore(user_id: int) -> Response:
    """Bring a user back from the archive."""
    user = queries.user_for(web.actor(), "core.users.archive", user_id)
    people_services.restore(web.actor(), user)
    flash(_("The user is back. Old logins and roles work again."), "success")
    return web.go("people.card", user_id=user_id)


# --- parents and children ----------------------------------------------------------------------


@people.route("/people/<int:user_id>/parents/link", methods=["GET", "POST"])
@access.requires("core.users.create_family")
def link(user_id: int) -> Response:
    """Link somebody whom the school knows to a pupil."""
    pupil = queries.user_of(web.actor(), user_id).person
    form = forms.GuardianForm()

    def deed() -> None:
        guardian = queries.person_by_login(web.actor(), form.login.data or "")
        people_services.link_guardian(
            web.actor(), guardian, pupil, form.relation.data or "",
            may_receive=form.may_receive.data,
        )  # fmt: skip

    return _edited(form, user_id, _("Parent of %(pupil)s", pupil=pupil.call_name), deed)


@people.route("/people/links/<int:link_id>", methods=["GET", "POST"])
@access.requires("core.users.create_family")
def edit_link(link_id: int) -> Response:
    """Change how a parent is linked to a child."""
    row = queries.guardian_link(web.actor(), link_id)
    form = forms.LinkForm(data={"relation": row.relation, "may_receive": row.may_receive})
    if request.method == "POST":
        form = forms.LinkForm()
    back = queries.account_id_of(row.pupil)

    def deed() -> None:
        people_services.link_guardian(
            web.actor(), row.guardian, row.pupil, form.relation.data or "",
            may_receive=form.may_receive.data,
        )  # fmt: skip

    title = _("%(parent)s and %(child)s", parent=row.guardian.name, child=row.pupil.name)
    return _edited(form, back, title, deed)


@people.post("/people/links/<int:link_id>/unlink")
@access.requires("core.users.edit")
def unlink(link_id: int) -> Response:
    """Take a parent's link to a child away."""
    pupil = people_services.unlink_guardian(web.actor(), link_id)
    flash(_("The link is taken away. The log keeps it."), "success")
    return web.go("people.card", user_id=queries.account_id_of(pupil))


# --- one-time passwords ------------------------------------------------------------------------


@people.get("/people/my-class")
@access.requires("core.users.reset_password")
def my_class() -> Response:
    """The class teacher's own class: logins, and who has not signed in yet (R4.3.4)."""
    led = queries.led_classes(web.actor())
    chosen = _id("class") or (led[0][0] if led else None)
    if chosen is not None and chosen not in {id_ for id_, _title in led}:
        raise NotThere(_("There is no such page, or it is not open to you."))
    rows = queries.accounts_of_class(web.actor(), chosen) if chosen is not None else []
    return web.render("core/people/my_class.html", classes=led, chosen=chosen, rows=rows)


@people.get("/people/slips")
@access.requires("core.users.reset_password")
def choose_slips() -> Response:
    """Choose a class whose people get one-time passwords."""
    classes = queries.class_choices(web.actor(), "core.users.view")
    chosen = _id("class")
    if chosen is not None and chosen not in {id_ for id_, _title in classes}:
        raise NotThere(_("There is no such page, or it is not open to you."))
    rows = queries.accounts_of_class(web.actor(), chosen) if chosen is not None else []
    return web.render("core/people/choose_slips.html", classes=classes, chosen=chosen, rows=rows)


@people.post("/people/slips")
@access.requires("core.users.reset_password")
def slips() -> Response:
    """Give the chosen people one-time passwords and show the slips, this one time only."""
    chosen = [int(text) for text in request.form.getlist("user")[:1000] if _is_id(text)]
    if not chosen and _is_id(request.form.get("class", "")):
        chosen = queries.user_ids_of_class(
            web.actor(), int(request.form["class"]), request.form.get("who", "")
        )
    return printed(people_services.reset_passwords(web.actor(), chosen))


@people.post("/people/<int:user_id>/slip")
@access.requires("core.users.view")
def slip(user_id: int) -> Response:
    """Give one user a one-time password and show the slip, this one time only."""
    user = queries.user_of(web.actor(), user_id)
    if user.password_hash is None:
        return printed(people_services.first_passwords(web.actor(), [user.id]))
    return printed([people_services.reset_password(web.actor(), user)])


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 10


def printed(made: list[people_services.Slip]) -> Response:
    """The page of slips.

    It answers the POST itself, without a redirect: the passwords exist nowhere but in this
    answer, which no browser or proxy may keep.
    """
    site = request.host_url.rstrip("/")
    response = web.render("core/people/slips.html", slips=made, site=site)
    response.headers["Cache-Control"] = "no-store"
    return response


# --- the log -----------------------------------------------------------------------------------


@people.get("/people/log")
@access.requires("core.log.people")
def log() -> Response:
    """«Журнал изменений сведений о пользователях» (R4.1.13)."""
    filters = _log_filters(request.args)
    found, pages, total = web.paged(queries.log_entries(web.actor(), filters))
    return web.render(
        "core/people/log.html",
        rows=queries.log_rows(web.actor(), found),
        pages=pages,
        total=total,
        page=min(web.page_number(), pages),
        page_url=_page_url,
        filters=filters,
        kinds=queries.log_kinds(),
        export_url=_address("people.log_csv"),
    )


@people.get("/people/log.csv")
@access.requires("core.log.people")
def log_csv() -> Response:
    """The log as a table for a spreadsheet; a row per changed field."""
    entries = queries.log_entries(web.actor(), _log_filters(request.args)).limit(MOST_LOG_ROWS)
    header = [
        _("When"), _("Who"), _("From where"), _("What"), _("Whose data"), _("Field"), _("Was"),
        _("Became"), _("Reason"),
    ]  # fmt: skip
    lines = []
    told = queries.log_rows(web.actor(), list(entries), reading="core.read_export")
    for row in told:
        begin = [
            f"{row['at']:%d.%m.%Y %H:%M:%S}",
            row["author"],
            row["address"],
            row["kind"],
            row["person"],
        ]
        lines += [[*begin, *change, row["reason"]] for change in row["fields"] or [("", "", "")]]
    response = Response(tables.write_csv(header, lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="people-log.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _log_filters(args: Mapping[str, str]) -> queries.LogFilters:
    def clean(name: str) -> str:
        return args.get(name, "").replace("\x00", "")[:100]

    def day(name: str) -> Any:
        try:
            return date_of(args.get(name, "")[:20])
        except ValueError:
            return None

    return queries.LogFilters(
        person=clean("person"),
        person_id=_id("id"),
        kind=clean("kind"),
        author=clean("author"),
        since=day("since"),
        until=day("until"),
    )


# --- the search box ----------------------------------------------------------------------------


@people.get("/people/search")
@access.requires("core.people.search")
def search() -> Response:
    """People found by name, class, login or phone (R2.5)."""
    text = request.args.get("q", "")[: people_search.LONGEST].replace("\x00", "")
    hits = people_search.find(web.actor(), text, 51) if text.strip() else []
    return web.render(
        "core/people/search.html", q=text, hits=hits[:50], more=len(hits) > 50,
        found=search_everything(web.actor(), text),
    )  # fmt: skip


@people.get("/search.json")
@access.requires("core.people.search")
def suggestions() -> Response:
    """The first eight found people, for the box at the top of a page."""
    text = request.args.get("q", "")[: people_search.LONGEST]
    hits = people_search.find(web.actor(), text, 8)
    response = jsonify(
        hits=[
            {
                "name": hit.name,
                "about": hit.about,
                "url": url_for("people.card", user_id=hit.user_id) if hit.user_id else None,
            }
            for hit in hits
        ]
    )
    response.headers["Cache-Control"] = "no-store"
    return response


BLUEPRINTS: list[Any] = [people]
SLOTS: list[Any] = [
    Slot(
        name="core.person.card",
        about=_l("Sheets on the page of a user, below the kernel's own"),
        passes=("person",),
    ),
    Slot(
        name="core.account.settings",
        about=_l("Sheets among one's personal settings"),
    ),
]
NAVIGATION: list[Any] = [
    NavItem(
        name="users", label=_l("Users"), endpoint="people.index", section="people", order=10,
        icon="people", side="staff",
    ),
    NavItem(
        name="my_class_accounts", label=_l("My class: accounts"), endpoint="people.my_class",
        section="people", order=20, icon="key", side="staff",
    ),
    NavItem(
        name="people_log", label=_l("Log of changes of users' data"), endpoint="people.log",
        section="admin", order=60, icon="history", side="staff",
    ),
]  # fmt: skip
