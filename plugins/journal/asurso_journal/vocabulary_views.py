"""The school's own vocabularies of the journal: kinds of works, attendance, the scale of marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, request
from wtforms.fields.choices import SelectChoice

from asurso_core import access, web
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_journal import forms, policy, scales, services, vocabulary_rows
from asurso_journal.services.marking import GRADES
from asurso_journal.views import journal


def _form(
    form: Any, save: Callable[[], Any], *, title: Any, tab: str, lede: Any = None
) -> Response:
    """Show a form; on POST save and go back to the list, or show what is wrong (422, 409)."""
    status, theirs = 200, []
    if request.method == "POST":
        status = 422
        try:
            if form.validate():
                save()
                flash(_("Saved."), "success")
                return web.go(f"journal.{tab}")
        except Invalid as refusal:
            form.blame(refusal)
        except Conflict as refusal:
            status = 409
            form.form_errors.append(refusal.message)
            form.version.raw_data = None  # saving again means "mine"
            form.version.data = str(refusal.details["version"])
            theirs = [
                (form[name].label.text, _in_words(value))
                for name, value in refusal.details["other"].items()
            ]
    return web.render(
        "journal/vocabulary_form.html", status, form=form, title=title, lede=lede, theirs=theirs,
        tab=tab,
    )  # fmt: skip


def _in_words(value: Any) -> Any:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else value


def _deed(deed: Callable[[], Any], told: Callable[[Any], str], tab: str) -> Response:
    try:
        found = deed()
    except Invalid as refusal:
        flash(refusal.message, "error")
    else:
        flash(told(found), "success")
    return web.go(f"journal.{tab}")


def _restored(count: int) -> str:
    if not count:
        return _("Everything is as it came.")
    return ngettext("%(num)s line was put back.", "%(num)s lines were put back.", count)


# --- kinds of works ------------------------------------------------------------------------------


@journal.get("/vocabulary/works")
@access.requires("journal.vocabulary.edit")
def work_types() -> Response:
    """All kinds of works."""
    return web.render("journal/work_types.html", types=vocabulary_rows.work_types(web.actor()))


@journal.route("/vocabulary/works/new", methods=["GET", "POST"])
@access.requires("journal.vocabulary.edit")
def new_work_type() -> Response:
    """A kind of work of the school's own."""
    form = forms.WorkTypeForm(data={"weight": 1, "position": 1000})
    form.subjects.choices = vocabulary_rows.subjects([])
    return _form(
        form, lambda: services.save_work_type(web.actor(), None, **form.values()),
        title=_("New kind of work"), tab="work_types",
    )  # fmt: skip


@journal.route("/vocabulary/works/<int:kind_id>", methods=["GET", "POST"])
@access.requires("journal.vocabulary.edit")
def work_type(kind_id: int) -> Response:
    """Change a kind of work."""
    who = web.actor()
    row, chosen = vocabulary_rows.work_type(who, kind_id)
    form = forms.WorkTypeForm(obj=row, subjects=chosen)
    form.subjects.choices = vocabulary_rows.subjects(chosen)
    return _form(
        form,
        lambda: services.save_work_type(who, kind_id, version=form.expected, **form.values()),
        title=row.name, tab="work_types",
    )  # fmt: skip


@journal.post("/vocabulary/works/<int:kind_id>/archive")
@access.requires("journal.vocabulary.edit")
def archive_work_type(kind_id: int) -> Response:
    """Offer a kind of work no longer, or again."""
    archived = request.form.get("archived") == "1"
    return _deed(
        lambda: services.archive_work_type(web.actor(), kind_id, archived=archived),
        lambda _none: _("Moved to the archive.") if archived else _("Brought back."),
        "work_types",
    )


@journal.post("/vocabulary/works/usual")
@access.requires("journal.vocabulary.edit")
def usual_work_types() -> Response:
    """Give the usual kinds of works back what they came with."""
    return _deed(lambda: services.restore_work_types(web.actor()), _restored, "work_types")


# --- codes of attendance -------------------------------------------------------------------------


@journal.get("/vocabulary/codes")
@access.requires("journal.vocabulary.edit")
def attendance_codes() -> Response:
    """All codes of attendance."""
    return web.render(
        "journal/attendance_codes.html", codes=vocabulary_rows.attendance_codes(web.actor())
    )


@journal.route("/vocabulary/codes/new", methods=["GET", "POST"])
@access.requires("journal.vocabulary.edit")
def new_attendance_code() -> Response:
    """A code of the school's own."""
    form = forms.CodeForm(data={"missed": True, "allows_mark": True, "position": 1000})
    return _form(
        form, lambda: services.save_code(web.actor(), None, **form.values()),
        title=_("New code of attendance"), tab="attendance_codes",
    )  # fmt: skip


@journal.route("/vocabulary/codes/<int:code_id>", methods=["GET", "POST"])
@access.requires("journal.vocabulary.edit")
def attendance_code(code_id: int) -> Response:
    """Change letter and meaning of a code."""
    who = web.actor()
    row = vocabulary_rows.attendance_code(who, code_id)
    form = forms.CodeForm(obj=row)
    return _form(
        form, lambda: services.save_code(who, code_id, version=form.expected, **form.values()),
        title=f"{row.letter} — {row.name}", tab="attendance_codes",
    )  # fmt: skip


@journal.post("/vocabulary/codes/<int:code_id>/archive")
@access.requires("journal.vocabulary.edit")
def archive_attendance_code(code_id: int) -> Response:
    """Take a code out of use, or bring it back."""
    archived = request.form.get("archived") == "1"
    return _deed(
        lambda: services.archive_code(web.actor(), code_id, archived=archived),
        lambda _none: _("Moved to the archive.") if archived else _("Brought back."),
        "attendance_codes",
    )


@journal.post("/vocabulary/codes/usual")
@access.requires("journal.vocabulary.edit")
def usual_attendance_codes() -> Response:
    """Give the usual codes back their letters and meanings."""
    return _deed(lambda: services.restore_codes(web.actor()), _restored, "attendance_codes")


# --- the scale of marks --------------------------------------------------------------------------

_SCALES = {
    "five": _l("of 5 points"), "ten": _l("of 10 points"), "twelve": _l("of 12 points"),
    "hundred": _l("of 100 points"),
}  # fmt: skip


@journal.route("/vocabulary/marks", methods=["GET", "POST"])
@access.requires("journal.vocabulary.edit")
def marking() -> Response:
    """The scale of marks, grades without marks and subjects with credits."""
    names = ("scale", "unmarked_grades", "credited_subjects")
    form = forms.MarkingForm(data={name: policy.rule(name) for name in names})
    form.scale.choices = [SelectChoice(name, _SCALES[name]) for name in scales.SCALES]
    form.unmarked_grades.choices = [(grade, str(grade)) for grade in GRADES]
    form.credited_subjects.choices = vocabulary_rows.subjects(policy.rule("credited_subjects"))
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.validate():
                services.set_marking(
                    web.actor(), scale=form.scale.data,
                    unmarked_grades=form.unmarked_grades.data or [],
                    credited_subjects=form.credited_subjects.data or [],
                )  # fmt: skip
                flash(_("Saved."), "success")
                return web.go("journal.marking")
        except Invalid as refusal:
            form.blame(refusal)
    return web.render(
        "journal/marking.html", status, form=form, scales=scales.SCALES, titles=_SCALES
    )
