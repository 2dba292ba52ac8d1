"""Pages of homework: files, links and days of a lesson's homework, and the answers of pupils."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.actors import Actor
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.i18n import date_text, ngettext
from asurso_core.i18n import gettext as _
from asurso_journal import forms, policy, services, task_rows
from asurso_journal.services.tasks import TASK_FILES
from asurso_journal.views import journal


@journal.get("/lesson/<int:lesson_id>/homework")
@access.requires("journal.view")
def homework(lesson_id: int) -> Response:
    """The homework of a lesson: files, links, the day, pupils, answers."""
    return _homework(web.actor(), lesson_id)


def _homework(
    who: Actor, lesson_id: int, wrong: forms.TaskForm | None = None, status: int = 200
) -> Response:
    page = task_rows.homework_page(who, lesson_id)
    for_all = _form(page, page.for_all, "all")
    others = [(one, _form(page, one, str(one.task.id))) for one in page.others]
    fresh = _form(page, None, "new")
    theirs: list[tuple[Any, Any]] = []
    if wrong is not None:
        _offer(page, wrong)
        there = {one.task.id: one for one in page.others}.get(wrong.task_id or 0)
        if request.form.get("for") != "chosen":
            for_all, there = wrong.placed("all"), page.for_all
        elif there is None:
            fresh = wrong.placed("new")
        else:
            others = [(o, wrong.placed(str(o.task.id)) if o is there else f) for o, f in others]
        if status == 409:
            theirs = _theirs(wrong, there)
    return web.render(
        "journal/homework.html", status, page=page, for_all=for_all, others=others, fresh=fresh,
        wrong=wrong, theirs=theirs, names={one["id"]: one["name"] for one in page.pupils},
    )  # fmt: skip


def _theirs(wrong: forms.TaskForm, there: task_rows.Shown | None) -> list[tuple[Any, Any]]:
    """What somebody else has saved; the form is sent over it when it is saved again."""
    task = None if there is None else there.task
    for field, value in ((wrong.task, task and task.id), (wrong.version, task and task.version)):
        field.raw_data, field.data = None, str(value or "")
    if task is None:
        return [(_("Homework"), _("was deleted"))]
    due = "" if task.due_on is None else date_text(task.due_on, "d MMMM")
    told = [(wrong.text, task.text), (wrong.links, ", ".join(task.links)), (wrong.due_on, due)]
    return [(field.label.text, value) for field, value in told if value]


def _form(page: task_rows.HomeworkPage, one: task_rows.Shown | None, where: str) -> forms.TaskForm:
    data: dict[str, Any] = {}
    if one is not None:
        task = one.task
        data = {
            "task": task.id, "version": task.version, "text": task.text,
            "links": "\n".join(task.links), "answers": task.answers, "pupils": one.pupils,
            "due_on": "" if task.due_on is None else task.due_on.isoformat(),
        }  # fmt: skip
    form = forms.TaskForm(formdata=None, data=data)
    _offer(page, form)
    return form.placed(where)


def _offer(page: task_rows.HomeworkPage, form: forms.TaskForm) -> None:
    choices = []
    for number, day in enumerate(page.days):
        name = date_text(day.date, "EEE, d MMMM")
        if number == 0:
            name = _("the next one: %(day)s", day=name)
        if day.load:
            words = ngettext(
                "%(num)s subject has set homework already",
                "%(num)s subjects have set homework already",
                day.load,
            )
            name = f"{name} — {words}"
        choices.append(("" if number == 0 else day.date.isoformat(), name))
    chosen = str(form.due_on.data or "")
    choices = choices or [("", _("the next one"))]
    if chosen and chosen not in dict(choices):
        choices.append((chosen, chosen))
    form.due_on.choices = choices
    form.pupils.choices = [(one["id"], one["name"]) for one in page.pupils]


@journal.post("/lesson/<int:lesson_id>/homework")
@access.requires("journal.homework.edit")
def set_homework(lesson_id: int) -> Response:
    """Set or change a homework; with chosen pupils it is for them alone."""
    who = web.actor()
    page = task_rows.homework_page(who, lesson_id)
    form = forms.TaskForm()
    _offer(page, form)
    chosen = request.form.get("for") == "chosen"
    status = 422
    if form.validate():
        try:
            if chosen and not form.pupils.data:
                raise Invalid(fields={"pupils": [_("Choose pupils of this lesson.")]})
            services.set_task(
                who, lesson_id, task_id=form.task_id, text=form.text.data or "",
                links=(form.links.data or "").splitlines(), due_on=_day(form.due_on.data),
                answers=form.answers.data, pupils=form.pupils.data or [] if chosen else [],
                uploads=form.uploads(TASK_FILES), version=form.expected,
            )  # fmt: skip
        except (Invalid, Conflict, Refused) as error:
            form.blame(error)
            status = {Conflict: 409, Refused: 403}.get(type(error), 422)
        else:
            flash(_("The homework is saved."), "success")
            return web.go("journal.homework", lesson_id=lesson_id)
    return _homework(who, lesson_id, form, status)


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(fields={"due_on": [_("There is no such day.")]}) from error


@journal.post("/task/<int:task_id>/remove")
@access.requires("journal.homework.edit")
def remove_task(task_id: int) -> Response:
    """Take a homework away while nobody has answered it."""
    lesson = services.remove_task(web.actor(), task_id, version=forms.TaskForm().expected)
    flash(_("Deleted."), "success")
    return web.go("journal.homework", lesson_id=lesson)


@journal.post("/task/<int:task_id>/files/<int:file_id>/delete")
@access.requires("journal.homework.edit")
def drop_task_file(task_id: int, file_id: int) -> Response:
    """Take a file off a homework."""
    return web.go(
        "journal.homework", lesson_id=services.drop_task_file(web.actor(), task_id, file_id)
    )


# --- answers -----------------------------------------------------------------------------------


@journal.get("/task/<int:task_id>")
@access.requires("journal.history.view")
def task(task_id: int) -> Response:
    """All answers to a homework."""
    return _answers(task_rows.task_page(web.actor(), task_id))


def _answers(page: task_rows.TaskPage, status: int = 200, **more: Any) -> Response:
    return web.render("journal/task.html", status, page=page, scale=policy.scale(), **more)


@journal.post("/task/<int:task_id>/answers/<int:answer_id>/return")
@access.requires("journal.homework.edit")
def return_answer(task_id: int, answer_id: int) -> Response:
    """Give an answer back for rework."""
    form = forms.JudgeForm()
    return _judge(
        task_id, answer_id, form,
        lambda who: services.return_answer(
            who, answer_id, comment=form.comment.data or "", version=form.expected
        ),
        _("The answer is given back for rework."),
    )  # fmt: skip


@journal.post("/task/<int:task_id>/answers/<int:answer_id>/accept")
@access.requires("journal.homework.edit")
def accept_answer(task_id: int, answer_id: int) -> Response:
    """Accept an answer, with a mark if there is one."""
    form = forms.JudgeForm()
    return _judge(
        task_id, answer_id, form,
        lambda who: services.accept_answer(
            who, answer_id, mark=form.mark.data or "", comment=form.comment.data or "",
            version=form.expected, over=form.over.data,
        ),
        _("The answer is accepted."),
    )  # fmt: skip


def _judge(
    task_id: int, answer_id: int, form: forms.JudgeForm, deed: Callable[[Actor], Any], said: str
) -> Response:
    """Do it and go back to the answers; what is refused keeps what the teacher has typed."""
    who = web.actor()
    task_rows.task_page(who, task_id)
    if form.validate():
        try:
            deed(who)
        except (Conflict, Invalid, Refused) as error:
            form.blame(error)
        else:
            flash(said, "success")
            return web.go("journal.task", task_id=task_id)
    page = task_rows.task_page(who, task_id)
    return _answers(page, 422, wrong=form, wrong_id=answer_id)
