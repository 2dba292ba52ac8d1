"""Pages of printing: which papers of which class, and the letter of one pupil."""

from __future__ import annotations

from flask import Response, flash, make_response, request
from wtforms.fields.choices import SelectChoice

from asurso_core import access, files, web
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_journal import forms, paper_rows
from asurso_journal.services import papers
from asurso_journal.views import journal


@journal.get("/papers")
@access.requires("journal.print")
def papers_list() -> Response:
    """Classes whose journal may be printed, and printed ones that wait to be fetched."""
    who = web.actor()
    years: dict[str, list[paper_rows.ClassLine]] = {}
    for one in paper_rows.printable(who):
        years.setdefault(one.year, []).append(one)
    return web.render(
        "journal/papers.html", years=years, kept=papers.kept_for(who), url=files.url,
        size=files.in_words, days=papers.KEPT_DAYS,
    )  # fmt: skip


@journal.get("/papers/<int:class_id>")
@access.requires("journal.print")
def paper_form(class_id: int) -> Response:
    """What of a class is to be printed, and for which period."""
    return _form(class_id, None)


def _form(class_id: int, form: forms.PaperForm | None, status: int = 200) -> Response:
    found = paper_rows.print_choices(web.actor(), class_id)
    if form is None:
        form = forms.PaperForm(formdata=None)
        _choices(form, found)
        form.slot.data = found.present
    return web.render("journal/paper.html", status, form=form, found=found)


def _choices(form: forms.PaperForm, found: paper_rows.PrintChoices) -> None:
    form.paper.choices = [SelectChoice(kind, papers.title_of(kind)) for kind in papers.PAPERS]
    form.slot.choices = [SelectChoice(id_, title) for id_, title in found.slots]


@journal.post("/papers/<int:class_id>")
@access.requires("journal.print")
def print_paper(class_id: int) -> Response:
    """Print: a quick paper comes at once, the journal by a job that can be watched."""
    who = web.actor()
    found = paper_rows.print_choices(who, class_id)
    form = forms.PaperForm()
    _choices(form, found)
    if not form.validate():
        return _form(class_id, form, 422)
    if form.paper.data == papers.JOURNAL:
        number = papers.order(who, class_id, form.slot.data)
        flash(_("The journal is being printed. This page tells when it is ready."), "success")
        return web.go("core_jobs.progress", job_id=number)
    try:
        made = papers.print_paper(who, class_id, form.paper.data, form.slot.data)
    except Invalid as refusal:
        form.blame(refusal)
        return _form(class_id, form, 422)
    return _sent(made)


@journal.get("/letter/<int:pupil>/<int:period>")
@access.requires("journal.mark.view")
def letter(pupil: int, period: int) -> Response:
    """The information letter of one pupil for a study period; ``form`` is 1 or 2."""
    wanted = request.args.get("form", "1")
    if wanted not in {"1", "2"}:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return _sent(papers.letter(web.actor(), pupil, period, int(wanted)))


def _sent(made: papers.Made) -> Response:
    answer = make_response(made.body)
    answer.mimetype = made.type
    answer.headers["Content-Disposition"] = files.attachment(made.name)
    return answer
