"""Pages of final marks: of a teaching group, of a class, the states of study periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, flash, request, url_for
from wtforms.fields.choices import SelectChoice

from asurso_core import access, clock, web
from asurso_core.actors import new_operation
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_journal import closing_rows, final_rows, finals, forms, policy, services
from asurso_journal.final_rows import GroupFinals, Line, Slot
from asurso_journal.marks import shown
from asurso_journal.services import FinalEdit
from asurso_journal.views import journal


@journal.get("/finals/<int:group>")
@access.requires("journal.final.view")
def group_finals(group: int) -> Response:
    """Period, year, exam and final marks of a group, with what is suggested."""
    return _page(final_rows.group_finals(web.actor(), group))


def _page(
    found: GroupFinals, *, status: int = 200, answers: list[dict[str, Any]] | None = None
) -> Response:
    wrong = {
        (one["slot"], one["pupil"]): one
        for one in answers or []
        if one["state"] not in {"saved", "repeated"}
    }
    filled = request.args.get("filled", "")
    return web.render(
        "journal/finals.html", status, page=found, wrong=wrong, typed=request.form,
        op=new_operation()[:16], shown=shown, warning=_warning, belongs=_belongs,
        fillable=[one for one in found.place.slots if _fillable(found, one)],
        filled=filled if filled.isalnum() else "", words=finals.WORDS,
        scale=policy.scale(found.place.year_id),
    )  # fmt: skip


def _belongs(line: Line, slot: Slot) -> bool:
    return line.belongs(final_rows.day_of_slot(slot))


def _fillable(found: GroupFinals, slot: Slot) -> bool:
    return not found.closed[slot.id] and any(
        line.suggested[slot.id].value
        and not (slot.id in line.put and line.put[slot.id].value)
        and _belongs(line, slot)
        for line in found.lines
        if slot.id in line.suggested
    )


def _warning(name: str) -> str:
    """A warning of a suggestion in words."""
    return {
        "few": _("few marks"),
        "missed": _("many lessons were missed: think of «н/а»"),
        "unattested": _("a period is not attested"),
        "none": _("marks are missing"),
    }[name]


@journal.post("/finals/<int:group>")
@access.requires("journal.final.edit")
def put_finals(group: int) -> Response:
    """Save the marks that were changed on the page."""
    edits = _edits(request.form)
    answers = services.put_finals(web.actor(), group, edits)
    bad = [one for one in answers if one["state"] not in {"saved", "repeated"}]
    if bad:
        status = 409 if any(one["state"] == "conflict" for one in bad) else 422
        found = final_rows.group_finals(web.actor(), group)
        return _page(found, status=status, answers=answers)
    flash(ngettext("%(num)s mark is saved.", "%(num)s marks are saved.", len(answers)), "success")
    return web.go("journal.group_finals", group=group)


#: More marks in one form are refused whole: forty pupils in seven columns are 280.
MOST = 500


def _edits(form: Mapping[str, str]) -> list[FinalEdit]:
    op = form.get("op", "")
    if not (op.isascii() and op.isalnum() and len(op) <= 16):
        raise Invalid(_("The page is too old. Open it again."))
    edits = []
    for name, value in form.items():
        kind, _dash, rest = name.partition("-")
        slot, _dash, pupil = rest.rpartition("-")
        reason = form.get(f"reason-{rest}")
        same = reason is None or reason.strip() == form.get(f"why-{rest}", "")
        if kind != "cell" or (same and form.get(f"was-{rest}", "") == value.strip()):
            continue
        if reason is not None and "\x00" in reason:
            raise Invalid(_("The text holds a character that cannot be stored."))
        edits.append(
            FinalEdit(
                op=f"{op}.{rest}", pupil=_number(pupil), slot=_number(slot), value=value[:40],
                version=_number(form.get(f"version-{rest}", "")), reason=reason,
            )
        )  # fmt: skip
    if len(edits) > MOST:
        raise Invalid(_("Too many changes at once: at most %(most)s.", most=MOST))
    return edits


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise Invalid(_("The page is too old. Open it again."))
    return int(text)


@journal.post("/finals/<int:group>/fill")
@access.requires("journal.final.edit")
def fill_finals(group: int) -> Response:
    """Put what the marks speak for wherever a column is empty."""
    op = new_operation()[:16]
    slot = _number(request.form.get("slot", ""))
    count = services.fill_suggested(web.actor(), group, slot, operation=op)
    flash(
        ngettext("%(num)s empty mark was filled.", "%(num)s empty marks were filled.", count),
        "success",
    )
    return web.go("journal.group_finals", group=group, **({"filled": op} if count else {}))


@journal.post("/finals/<int:group>/unfill")
@access.requires("journal.final.edit")
def unfill_finals(group: int) -> Response:
    """Take a filling back."""
    cleared, left = services.undo_fill(web.actor(), group, request.form.get("op", ""))
    flash(
        ngettext("%(num)s mark was taken back.", "%(num)s marks were taken back.", cleared),
        "success",
    )
    if left:
        flash(
            ngettext(
                "%(num)s mark was changed since and stays.",
                "%(num)s marks were changed since and stay.", left,
            ),
            "warning",
        )  # fmt: skip
    return web.go("journal.group_finals", group=group)


@journal.get("/finals/<int:group>/why/<int:pupil>/<int:slot>")
@access.requires("journal.final.view")
def why_final(group: int, pupil: int, slot: int) -> Response:
    """How the suggestion for a pupil and a study period comes about."""
    found = final_rows.arithmetic(web.actor(), group, pupil, slot)
    return web.render(
        "journal/why.html", found=found, shown=shown, warning=_warning,
        weighted=found.rules.average == finals.WEIGHTED,
    )  # fmt: skip


# --- a class -------------------------------------------------------------------------------------


@journal.get("/class/<int:class_id>")
@access.requires("journal.final.view")
def class_finals(class_id: int) -> Response:
    """All subjects of all pupils of a class: in one column of final marks, or in all."""
    found = final_rows.class_finals(web.actor(), class_id)
    wanted = request.args.get("slot", "")
    chosen = next((one for one in found.slots if str(one.id) == wanted), None)
    if wanted and chosen is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    if not wanted:
        begun = [one for one in found.slots if one.id > 0 and one.starts <= clock.today()]
        chosen = begun[-1] if begun else found.slots[0]
    return web.render(
        "journal/class_finals.html", page=found, slot=chosen,
        missing=found.missing(chosen.id) if chosen else {},
        scale=policy.scale(found.school_class.year_id),
    )  # fmt: skip


@journal.get("/class/<int:class_id>/year")
@access.requires("journal.final.view")
def class_year(class_id: int) -> Response:
    """Every column of final marks of a class on one page."""
    found = final_rows.class_finals(web.actor(), class_id)
    return web.render(
        "journal/class_finals.html", page=found, slot=None, missing={},
        scale=policy.scale(found.school_class.year_id),
    )  # fmt: skip


# --- study periods -------------------------------------------------------------------------------


@journal.get("/periods")
@access.requires("journal.period.close")
def periods() -> Response:
    """Which periods are closed for whom, what is missing, who is unlocked."""
    return _periods(forms.UnlockForm(formdata=None))


def _periods(form: forms.UnlockForm, status: int = 200) -> Response:
    who = web.actor()
    states = closing_rows.period_states(who)
    _choices(form, states)
    return web.render(
        "journal/periods.html", status, states=states, unlocks=closing_rows.unlocks(who), form=form,
        action=url_for("journal.give_unlock"),
    )  # fmt: skip


def _choices(form: forms.UnlockForm, states: list[closing_rows.PeriodState]) -> None:
    groups = closing_rows.groups_seen(web.actor())
    form.teacher.choices = _options([(0, "—"), *closing_rows.teachers()])
    form.group.choices = _options([(0, _("all journals")), *groups])
    form.period.choices = _options(
        [(0, _("all periods")), *((one.id, one.title) for one in states)]
    )


def _options(pairs: Iterable[tuple[int, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


@journal.post("/periods/close")
@access.requires("journal.period.close")
def close_period() -> Response:
    """Close a period for the ticked classes."""
    count = services.close_period(
        web.actor(), web.integer("period", request.form), _ticked()
    )  # fmt: skip
    flash(ngettext("Closed for %(num)s class.", "Closed for %(num)s classes.", count), "success")
    return web.go("journal.periods")


@journal.post("/periods/reopen")
@access.requires("journal.period.close")
def reopen_period() -> Response:
    """Open a closed period of a class again, with a reason."""
    services.reopen_period(
        web.actor(), web.integer("period", request.form), _ticked(),
        request.form.get("reason", ""),
    )  # fmt: skip
    flash(_("The period is open again."), "success")
    return web.go("journal.periods")


def _ticked() -> list[int]:
    found = request.form.getlist("class")
    if len(found) > 200:
        raise Invalid(_("Choose the classes."))
    return [_number(one) for one in found]


@journal.post("/periods/unlock")
@access.requires("journal.period.close")
def give_unlock() -> Response:
    """Unlock marks for a teacher until the end of a day."""
    form = forms.UnlockForm()
    _choices(form, closing_rows.period_states(web.actor()))
    if not form.validate():
        return _periods(form, 422)
    day = form.until.data + dt.timedelta(days=1)
    until = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone()).astimezone(dt.UTC)
    try:
        services.unlock(
            web.actor(), form.teacher.data, until=until.replace(tzinfo=None),
            reason=form.reason.data or "", group_id=form.group.data or None,
            period_id=form.period.data or None,
        )  # fmt: skip
    except Invalid as error:
        form.blame(error)
        return _periods(form, 422)
    flash(_("The marks are unlocked."), "success")
    return web.go("journal.periods")


@journal.post("/periods/unlock/<int:unlock_id>/end")
@access.requires("journal.period.close")
def end_unlock(unlock_id: int) -> Response:
    """End an unlocking now."""
    services.end_unlock(web.actor(), unlock_id)
    flash(_("The unlocking has ended."), "success")
    return web.go("journal.periods")
