"""Pages of the school: its card, years, subjects, rooms, classes and groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from wtforms import SelectField

from asurso_core import access, clock, web
from asurso_core.errors import Conflict, Invalid
from asurso_core.forms import DateField, Form
from asurso_core.i18n import date_text, decimal_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.school import forms, overview, services

school = Blueprint("school", __name__, url_prefix="/school")

YEARS = "core.years.edit"
CLASSES = "core.classes.edit"
SEE = "core.classes.view"


# --- what the pages share ----------------------------------------------------------------------


def _on() -> dt.date:
    """``?on=`` as a date; nonsense is today."""
    text = request.args.get("on", "")
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
        if 1900 <= found.year <= 2100:
            return found
    return clock.today()


def _day(year: Any) -> dt.date:
    """The day a form proposes: today, or the nearest day of the year."""
    day: dt.date = min(max(clock.today(), year.starts), year.ends)
    return day


def _to(url: str) -> Response:
    """Redirect to one of our own addresses with 303."""
    return make_response(redirect(url, code=303))


def _form_page(
    form: Form,
    deed: Callable[[], Any],
    *,
    title: Any,
    back: str,
    told: Any = None,
    submit: Any = None,
    lede: Any = None,
    template: str = "core/school/form.html",
    **context: Any,
) -> Response:
    """Show a form; on POST do its deed and go back, or show what is wrong (422, 409)."""
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.validate():
                deed()
                flash(str(told or _("Saved.")), "success")
                return _to(back)
        except Invalid as refusal:
            forms.take(form, refusal)
        except Conflict as refusal:
            status = 409
            form.form_errors.append(refusal.message)
            context["theirs"] = _theirs(form, refusal)
    return web.render(
        template, status, form=form, title=title, back=back, submit=submit, lede=lede, **context
    )


def _theirs(form: Any, refusal: Conflict) -> list[tuple[Any, Any]]:
    """Label and present value of what somebody else wrote; saving again then means "mine"."""
    form.version.raw_data = None
    form.version.data = str(refusal.details["version"])
    other: Mapping[str, Any] = refusal.details["other"]
    found: list[tuple[Any, Any]] = []
    for field, value in ((form[name], value) for name, value in other.items() if name in form):
        if isinstance(value, list):
            found.extend(_lines(field, value))
        else:
            found.append((field.label.text, _in_words(field, value)))
    return found


def _lines(field: Any, periods: list[Mapping[str, Any]]) -> list[tuple[Any, Any]]:
    """A table of periods, a line for each."""
    found: list[tuple[Any, Any]] = [
        (one["title"], f"{_dots(one['starts'])} – {_dots(one['ends'])}") for one in periods
    ]
    return found or [(field.label.text, None)]


def _in_words(field: Any, value: Any) -> Any:
    """A plain value as the reader knows it: the text of a choice, dates and numbers in Russian."""
    if isinstance(field, SelectField):
        return next((one.label for one in field.iter_choices() if one.value == str(value)), None)
    if isinstance(field, DateField):
        return _dots(value)
    return decimal_text(value, 1) if isinstance(value, Decimal) else value


def _dots(day: str) -> str:
    return date_text(dt.date.fromisoformat(day), "dd.MM.y")


def _done(deed: Callable[[], Any], told: Any, back: str) -> Response:
    """Do a deed that needs no form and go back; what is refused is told there."""
    try:
        deed()
    except Invalid as refusal:
        flash(refusal.message, "error")
    else:
        flash(str(told), "success")
    return _to(back)


# --- the card ----------------------------------------------------------------------------------


@school.get("/")
@access.requires("core.school.view")
def card() -> Response:
    """The card of the school."""
    who = web.actor()
    return web.render(
        "core/school/card.html", **overview.card(who), edits=who.holds("core.school.edit")
    )


@school.route("/edit", methods=["GET", "POST"])
@access.requires("core.school.edit")
def edit_card() -> Response:
    """Change the card of the school."""
    who = web.actor()
    form = forms.CardForm(obj=overview.card(who)["card"])
    return _form_page(
        form,
        lambda: services.update_school(who, _values(form), form.expected),
        title=_("School card"),
        back=url_for("school.card"),
    )


def _values(form: Any) -> dict[str, Any]:
    skipped = {"csrf_token", "version"}
    return {name: value for name, value in form.data.items() if name not in skipped}


# --- years -------------------------------------------------------------------------------------


@school.get("/years")
@access.requires("core.years.view")
def years() -> Response:
    """All school years."""
    who = web.actor()
    return web.render("core/school/years.html", years=overview.years(who), edits=who.holds(YEARS))


@school.route("/years/new", methods=["GET", "POST"])
@access.requires("core.years.edit")
def new_year() -> Response:
    """Plan a year."""
    form = forms.YearForm()
    return _form_page(
        form,
        lambda: services.create_year(
            web.actor(), starts=form.starts.data, ends=form.ends.data, title=form.title.data or ""
        ),
        title=_("New school year"),
        back=url_for("school.years"),
    )


@school.get("/years/<int:year_id>")
@access.requires("core.years.view")
def year(year_id: int) -> Response:
    """One year: periods, holidays, days off."""
    page = overview.year_page(web.actor(), year_id)
    return web.render(
        "core/school/year.html",
        **page,
        kinds=dict(forms.KINDS),
        weekdays=dict(forms.WEEKDAYS),
        holiday_form=forms.HolidayForm(formdata=None),
        day_form=forms.DayForm(formdata=None),
        type_form=forms.PeriodTypeForm(formdata=None),
    )


def _year_url(year_id: int) -> str:
    return url_for("school.year", year_id=year_id)


@school.route("/years/<int:year_id>/edit", methods=["GET", "POST"])
@access.requires("core.years.edit")
def edit_year(year_id: int) -> Response:
    """Change the bounds of a year."""
    who = web.actor()
    form = forms.YearForm(obj=overview.find_year(who, year_id))
    form.title.description = ""
    return _form_page(
        form,
        lambda: services.edit_year(
            who, year_id, title=form.title.data or "", starts=form.starts.data,
            ends=form.ends.data, version=form.expected,
        ),
        title=_("Bounds of the year"),
        back=_year_url(year_id),
    )  # fmt: skip


@school.post("/years/<int:year_id>/open")
@access.requires("core.years.edit")
def open_year(year_id: int) -> Response:
    """Make a planned year the current one."""
    return _done(
        lambda: services.open_year(web.actor(), year_id),
        _("The year is open now."),
        _year_url(year_id),
    )


@school.post("/years/<int:year_id>/fill")
@access.requires("core.years.edit")
def fill_year(year_id: int) -> Response:
    """Fill a year from the national calendar."""
    return _done(
        lambda: services.fill_calendar(web.actor(), year_id),
        _("The calendar was filled. What you had entered stayed as it was."),
        _year_url(year_id),
    )


@school.route("/years/<int:year_id>/period-types", methods=["GET", "POST"])
@access.requires("core.years.edit")
def new_period_type(year_id: int) -> Response:
    """Add a way of dividing the year."""
    who = web.actor()
    overview.find_year(who, year_id)
    form = forms.PeriodTypeForm()
    return _form_page(
        form,
        lambda: services.create_period_type(
            who, year_id, name=form.name.data or "", kind=form.kind.data
        ),
        title=_("New study periods"),
        back=_year_url(year_id),
    )


@school.route("/period-types/<int:type_id>", methods=["GET", "POST"])
@access.requires("core.years.edit")
def periods(type_id: int) -> Response:
    """The table of periods of one type."""
    who = web.actor()
    row, known = overview.find_period_type(who, type_id)
    shown = [{"title": one.title, "starts": one.starts, "ends": one.ends} for one in known]
    form = forms.PeriodsForm(
        data={"periods": [*shown, *[{}] * (2 if known else 4)], "version": row.version}
    )

    def deed() -> None:
        services.set_periods(
            who,
            type_id,
            [
                services.PeriodValue(title=line["title"], starts=line["starts"], ends=line["ends"])
                for line in form.periods.data
                if line["title"]
            ],
            form.expected,
        )

    def checked() -> None:
        for line in form.periods:
            if line.form.title.data and not (line.form.starts.data and line.form.ends.data):
                raise Invalid(_("Enter both dates of «%(title)s».", title=line.form.title.data))
        deed()

    return _form_page(
        form,
        checked,
        title=row.name,
        lede=_(
            "Holidays between periods are entered on the page of the year. "
            "An empty name takes the row away."
        ),
        back=_year_url(row.year_id),
        template="core/school/periods.html",
    )


@school.post("/period-types/<int:type_id>/remove")
@access.requires("core.years.edit")
def remove_period_type(type_id: int) -> Response:
    """Remove study periods that no class uses."""
    row, _known = overview.find_period_type(web.actor(), type_id)
    return _done(
        lambda: services.remove_period_type(web.actor(), type_id),
        _("Removed."),
        _year_url(row.year_id),
    )


@school.route("/years/<int:year_id>/holidays", methods=["GET", "POST"])
@access.requires("core.years.edit")
def new_holiday(year_id: int) -> Response:
    """Add holidays."""
    who = web.actor()
    overview.find_year(who, year_id)
    form = forms.HolidayForm()
    return _form_page(
        form,
        lambda: services.add_holiday(who, year_id, **_values(form)),
        title=_("New holidays"),
        back=_year_url(year_id) + "#holidays",
    )


@school.route("/holidays/<int:holiday_id>", methods=["GET", "POST"])
@access.requires("core.years.edit")
def edit_holiday(holiday_id: int) -> Response:
    """Change holidays."""
    who = web.actor()
    row = overview.find_holiday(who, holiday_id)
    form = forms.HolidayForm(obj=row)
    return _form_page(
        form,
        lambda: services.edit_holiday(who, holiday_id, **_values(form), version=form.expected),
        title=row.title,
        back=_year_url(row.year_id) + "#holidays",
    )


@school.post("/holidays/<int:holiday_id>/remove")
@access.requires("core.years.edit")
def remove_holiday(holiday_id: int) -> Response:
    """Take holidays out of the calendar."""
    row = overview.find_holiday(web.actor(), holiday_id)
    return _done(
        lambda: services.remove_holiday(web.actor(), holiday_id),
        _("Removed."),
        _year_url(row.year_id) + "#holidays",
    )


@school.route("/years/<int:year_id>/days", methods=["GET", "POST"])
@access.requires("core.years.edit")
def new_day(year_id: int) -> Response:
    """Say that a day differs from its weekday."""
    who = web.actor()
    overview.find_year(who, year_id)
    form = forms.DayForm()

    def deed() -> None:
        weekday = form.weekday_as.data
        services.save_day(
            who, year_id, date=form.date.data, kind=form.kind.data, title=form.title.data or "",
            weekday_as=int(weekday) if weekday else None, version=form.expected,
        )  # fmt: skip

    return _form_page(form, deed, title=_("A special day"), back=_year_url(year_id) + "#days")


@school.post("/days/<int:day_id>/remove")
@access.requires("core.years.edit")
def remove_day(day_id: int) -> Response:
    """Make a day an ordinary one again."""
    row = overview.find_day(web.actor(), day_id)
    return _done(
        lambda: services.remove_day(web.actor(), day_id),
        _("Removed."),
        _year_url(row.year_id) + "#days",
    )


# --- subjects ----------------------------------------------------------------------------------


@school.get("/subjects")
@access.requires("core.classes.view")
def subjects() -> Response:
    """Subjects in use, or those of the archive."""
    who = web.actor()
    archived = request.args.get("archived") == "1"
    return web.render(
        "core/school/subjects.html",
        subjects=overview.subjects(who, archived=archived),
        archived=archived,
        edits=who.holds("core.subjects.edit"),
    )


@school.route("/subjects/new", methods=["GET", "POST"])
@access.requires("core.subjects.edit")
def new_subject() -> Response:
    """Add a subject."""
    form = forms.SubjectForm()
    return _form_page(
        form,
        lambda: services.create_subject(
            web.actor(), name=form.name.data or "", short_name=form.short_name.data or "",
            area=form.area.data,
        ),
        title=_("New subject"),
        back=url_for("school.subjects"),
    )  # fmt: skip


@school.route("/subjects/<int:subject_id>", methods=["GET", "POST"])
@access.requires("core.subjects.edit")
def edit_subject(subject_id: int) -> Response:
    """Rename a subject."""
    who = web.actor()
    row = overview.find_subject(who, subject_id)
    form = forms.SubjectForm(obj=row)
    return _form_page(
        form,
        lambda: services.edit_subject(
            who, subject_id, name=form.name.data or "", short_name=form.short_name.data or "",
            area=form.area.data, version=form.expected,
        ),
        title=row.name,
        back=url_for("school.subjects"),
    )  # fmt: skip


@school.post("/subjects/<int:subject_id>/archive")
@access.requires("core.subjects.edit")
def archive_subject(subject_id: int) -> Response:
    """Put a subject into the archive."""
    return _done(
        lambda: services.archive_subject(web.actor(), subject_id),
        _("Moved to the archive."),
        url_for("school.subjects"),
    )


@school.post("/subjects/<int:subject_id>/restore")
@access.requires("core.subjects.edit")
def restore_subject(subject_id: int) -> Response:
    """Bring a subject back from the archive."""
    return _done(
        lambda: services.restore_subject(web.actor(), subject_id),
        _("Brought back from the archive."),
        url_for("school.subjects"),
    )


# --- rooms -------------------------------------------------------------------------------------


@school.get("/rooms")
@access.requires("core.rooms.view")
def rooms() -> Response:
    """Rooms in use, or those of the archive."""
    who = web.actor()
    archived = request.args.get("archived") == "1"
    return web.render(
        "core/school/rooms.html",
        rooms=overview.rooms(who, archived=archived),
        archived=archived,
        edits=who.holds("core.rooms.edit"),
    )


@school.route("/rooms/new", methods=["GET", "POST"])
@access.requires("core.rooms.edit")
def new_room() -> Response:
    """Add a room."""
    who = web.actor()
    form = forms.RoomForm()
    form.responsible.offer(overview.staff(who))
    return _form_page(
        form,
        lambda: services.create_room(who, _values(form)),
        title=_("New room"),
        back=url_for("school.rooms"),
    )


@school.route("/rooms/<int:room_id>", methods=["GET", "POST"])
@access.requires("core.rooms.edit")
def edit_room(room_id: int) -> Response:
    """Change a room."""
    who = web.actor()
    row = overview.find_room(who, room_id)
    form = forms.RoomForm(obj=row, data={"responsible": row.responsible_id})
    if request.method == "GET":
        form.responsible.data = row.responsible_id
    form.responsible.offer(overview.staff(who))
    return _form_page(
        form,
        lambda: services.edit_room(who, room_id, _values(form), form.expected),
        title=_("Room %(name)s", name=row.name),
        back=url_for("school.rooms"),
    )


@school.post("/rooms/<int:room_id>/archive")
@access.requires("core.rooms.edit")
def archive_room(room_id: int) -> Response:
    """Put a room into the archive."""
    return _done(
        lambda: services.archive_room(web.actor(), room_id),
        _("Moved to the archive."),
        url_for("school.rooms"),
    )


@school.post("/rooms/<int:room_id>/restore")
@access.requires("core.rooms.edit")
def restore_room(room_id: int) -> Response:
    """Bring a room back from the archive."""
    return _done(
        lambda: services.restore_room(web.actor(), room_id),
        _("Brought back from the archive."),
        url_for("school.rooms"),
    )


# --- classes -----------------------------------------------------------------------------------


def _id_of(name: str) -> int | None:
    """An id from the query string, or None if it is not there."""
    return web.integer(name) if request.args.get(name) else None


@school.get("/classes")
@access.requires("core.classes.view")
def classes() -> Response:
    """Classes of a year by grade."""
    who, on = web.actor(), _on()
    return web.render(
        "core/school/classes.html",
        **overview.classes_page(who, _id_of("year"), on),
        years=[(one.id, one.title) for one in overview.years(who)],
        on=on,
    )


@school.route("/years/<int:year_id>/classes/new", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def new_class(year_id: int) -> Response:
    """Add a class."""
    who = web.actor()
    row = overview.find_year(who, year_id)
    form = forms.ClassForm()
    form.period_type.offer(overview.period_types(who, row))
    return _form_page(
        form,
        lambda: services.create_class(who, year_id, form.values()),
        title=_("New class"),
        back=url_for("school.classes", year=year_id),
        lede=row.title,
    )


def _class_url(class_id: int) -> str:
    return url_for("school.class_", class_id=class_id)


@school.get("/classes/<int:class_id>")
@access.requires("core.classes.view")
def class_(class_id: int) -> Response:
    """A class: pupils on a date, class teachers, groups."""
    return web.render("core/school/class.html", **overview.class_page(web.actor(), class_id, _on()))


@school.route("/classes/<int:class_id>/edit", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def edit_class(class_id: int) -> Response:
    """Change a class."""
    who = web.actor()
    row = overview.find_class(who, class_id)
    form = forms.ClassForm(
        data={
            "grade": str(row.grade), "letter": row.letter, "profile": row.profile,
            "period_type": row.period_type_id, "week_days": str(row.week_days),
            "version": row.version,
        }
    )  # fmt: skip
    form.period_type.offer(overview.period_types(who, row.year))
    return _form_page(
        form,
        lambda: services.edit_class(who, class_id, form.values(), form.expected),
        title=_("Class %(title)s", title=row.title),
        back=_class_url(class_id),
    )


@school.route("/classes/<int:class_id>/teacher", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def class_teacher(class_id: int) -> Response:
    """Let somebody lead the class from a date."""
    who = web.actor()
    row = overview.find_class(who, class_id)
    form = forms.DutyForm(data={"since": _day(row.year)})
    form.teacher.offer(overview.staff(who))
    return _form_page(
        form,
        lambda: services.assign_class_teacher(
            who, class_id, form.teacher.data, form.since.data, replace=not form.beside.data
        ),
        title=_("Class teacher of %(title)s", title=row.title),
        back=_class_url(class_id),
    )


@school.route("/class-teachers/<int:link_id>/end", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def end_class_teacher(link_id: int) -> Response:
    """End a class teacher's duty."""
    who = web.actor()
    link = overview.find_class_teacher(who, link_id)
    form = forms.EndForm(data={"until": clock.today()})
    return _form_page(
        form,
        lambda: services.end_class_teacher(who, link_id, form.until.data),
        title=_("End the duty of the class teacher"),
        lede=link.teacher.name,
        back=_class_url(link.school_class_id),
    )


# --- pupils of a class -------------------------------------------------------------------------


@school.route("/classes/<int:class_id>/enrol", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def enrol(class_id: int) -> Response:
    """Take a pupil into the class."""
    who = web.actor()
    row = overview.find_class(who, class_id)
    day = _day(row.year)
    form = forms.EnrolForm(data={"on": day})
    form.pupil.offer(overview.free_pupils(who, form.on.data or day))
    return _form_page(
        form,
        lambda: services.enrol_pupil(who, form.pupil.data, class_id, form.on.data),
        title=_("New pupil of %(title)s", title=row.title),
        lede=_("Pupils who are in no class are offered. The account is made among the users."),
        back=_class_url(class_id),
        told=_("The pupil is in the class now."),
        submit=_("Enrol"),
    )


@school.route("/classes/<int:class_id>/pupils/<int:pupil_id>/move", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def move(class_id: int, pupil_id: int) -> Response:
    """Move a pupil to another class."""
    who = web.actor()
    row, pupil = overview.find_class_pupil(who, class_id, pupil_id)
    form = forms.MoveForm(data={"on": _day(row.year)})
    form.school_class.offer(overview.class_choices(who, row.year, but=row.id))
    return _form_page(
        form,
        lambda: services.move_pupil(who, pupil_id, form.school_class.data, form.on.data),
        title=_("Move to another class"),
        lede=_("%(name)s, now in %(title)s. Marks stay with the pupil.",
               name=pupil.name, title=row.title),
        back=_class_url(class_id),
        told=_("The pupil is moved. Choose the subgroups in the new class."),
        submit=_("Move"),
    )  # fmt: skip


@school.route("/classes/<int:class_id>/pupils/<int:pupil_id>/leave", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def leave(class_id: int, pupil_id: int) -> Response:
    """A pupil leaves the school."""
    who = web.actor()
    row, pupil = overview.find_class_pupil(who, class_id, pupil_id)
    form = forms.LeaveForm(data={"on": _day(row.year)})
    return _form_page(
        form,
        lambda: services.leave_pupil(who, pupil_id, form.on.data, form.reason.data or ""),
        title=_("Leaving the school"),
        lede=_("%(name)s, %(title)s. The marks stay in the journal.",
               name=pupil.name, title=row.title),
        back=_class_url(class_id),
        told=_("The departure is recorded."),
        submit=_("Record the departure"),
    )  # fmt: skip


# --- groups ------------------------------------------------------------------------------------


@school.route("/classes/<int:class_id>/groups/new", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def new_group(class_id: int) -> Response:
    """Let a class learn a subject, whole or in subgroups."""
    who = web.actor()
    row = overview.find_class(who, class_id)
    form = forms.GroupForm()
    form.subject.offer([(one.id, one.name) for one in overview.subjects(who)])
    form.teacher.offer(overview.staff(who))
    form.others.offer(overview.class_choices(who, row.year, but=row.id))

    def deed() -> None:
        parts = int(form.parts.data)
        if parts > 1 and (form.others.data or form.teacher.data or form.weekly_hours.data):
            raise Invalid(
                _("Subgroups get their teachers and hours on their own pages."),
                {"parts": [_("Subgroups get their teachers and hours on their own pages.")]},
            )
        if parts > 1:
            services.divide_class(who, class_id, form.subject.data, parts)
        else:
            services.create_group(
                who, [class_id, *(form.others.data or [])], form.subject.data,
                weekly_hours=form.weekly_hours.data, teacher_id=form.teacher.data,
                since=_day(row.year),
            )  # fmt: skip

    return _form_page(
        form,
        deed,
        title=_("New subject of %(title)s", title=row.title),
        back=_class_url(class_id) + "#groups",
    )


@school.get("/groups/<int:group_id>")
@access.requires("core.classes.view")
def group(group_id: int) -> Response:
    """A teaching group: pupils on a date, teachers with dates."""
    return web.render("core/school/group.html", **overview.group_page(web.actor(), group_id, _on()))


def _group_url(group_id: int) -> str:
    return url_for("school.group", group_id=group_id)


@school.route("/groups/<int:group_id>/edit", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def edit_group(group_id: int) -> Response:
    """Change the name and hours of a group."""
    who = web.actor()
    row = overview.find_group(who, group_id)
    form = forms.GroupNameForm(obj=row)
    return _form_page(
        form,
        lambda: services.edit_group(
            who,
            group_id,
            name=form.name.data or "",
            weekly_hours=form.weekly_hours.data,
            version=form.expected,
        ),
        title=_("Name and hours of the group"),
        back=_group_url(group_id),
    )


@school.route("/groups/<int:group_id>/teacher", methods=["GET", "POST"])
@access.requires("core.teaching.edit")
def group_teacher(group_id: int) -> Response:
    """Let somebody teach the group from a date."""
    who = web.actor()
    row = overview.find_group(who, group_id)
    form = forms.DutyForm(data={"since": _day(row.year)})
    form.teacher.offer(overview.staff(who))
    return _form_page(
        form,
        lambda: services.assign_group_teacher(
            who, group_id, form.teacher.data, form.since.data, replace=not form.beside.data
        ),
        title=_("Teacher of the group"),
        back=_group_url(group_id),
    )


@school.route("/group-teachers/<int:link_id>/end", methods=["GET", "POST"])
@access.requires("core.teaching.edit")
def end_group_teacher(link_id: int) -> Response:
    """End a teacher's work with a group."""
    who = web.actor()
    link = overview.find_group_teacher(who, link_id)
    form = forms.EndForm(data={"until": clock.today()})
    return _form_page(
        form,
        lambda: services.end_group_teacher(who, link_id, form.until.data),
        title=_("End the work with the group"),
        lede=link.teacher.name,
        back=_group_url(link.group_id),
    )


@school.post("/groups/<int:group_id>/archive")
@access.requires("core.classes.edit")
def archive_group(group_id: int) -> Response:
    """Put a group into the archive."""
    return _done(
        lambda: services.archive_group(web.actor(), group_id),
        _("Moved to the archive."),
        _group_url(group_id),
    )


@school.post("/groups/<int:group_id>/restore")
@access.requires("core.classes.edit")
def restore_group(group_id: int) -> Response:
    """Bring a group back from the archive."""
    return _done(
        lambda: services.restore_group(web.actor(), group_id),
        _("Brought back from the archive."),
        _group_url(group_id),
    )


@school.route("/classes/<int:class_id>/subgroups/<int:subject_id>", methods=["GET", "POST"])
@access.requires("core.classes.edit")
def division(class_id: int, subject_id: int) -> Response:
    """Put the pupils of a class into the subgroups of a subject from a date."""
    who = web.actor()
    on = _on()
    page = overview.division(who, class_id, subject_id, on)
    form = forms.DivisionForm(data={"on": on, "version": page["version"]})
    return _form_page(
        form,
        lambda: services.arrange_division(
            who, class_id, subject_id, _choices(page["pupils"]), form.on.data,
            version=form.expected,
        ),
        title=_("Subgroups"),
        back=url_for("school.division", class_id=class_id, subject_id=subject_id,
                     on=(form.on.data or on).isoformat()),
        template="core/school/division.html",
        chosen=request.form.to_dict() if request.method == "POST" else {},
        **page,
    )  # fmt: skip


def _choices(pupils: list[dict[str, Any]]) -> dict[int, int | None]:
    """``{pupil: group}`` from the radio buttons ``p<id>``; a pupil without one is left alone."""
    found: dict[int, int | None] = {}
    for pupil in pupils:
        text = request.form.get(f"p{pupil['id']}")
        if text is None:
            continue
        if text and not (text.isdecimal() and len(text) < 11 and int(text) < 2**31):
            raise Invalid(_("Choose one of the subgroups of this class."))
        found[pupil["id"]] = int(text) if text else None
    return found


BLUEPRINTS: list[Any] = [school]
NAVIGATION: list[Any] = [
    NavItem(name="school.classes", label=_l("Classes"), endpoint="school.classes",
            section="school", icon="class", order=10, side="staff"),
    NavItem(name="school.subjects", label=_l("Subjects"), endpoint="school.subjects",
            section="school", icon="book", order=20, side="staff"),
    NavItem(name="school.rooms", label=_l("Rooms"), endpoint="school.rooms",
            section="school", icon="room", order=30, side="staff"),
    NavItem(name="school.years", label=_l("Years and holidays"), endpoint="school.years",
            section="school", icon="calendar", order=40),
    NavItem(name="school.card", label=_l("About the school"), endpoint="school.card",
            section="school", icon="school", order=50),
]  # fmt: skip
