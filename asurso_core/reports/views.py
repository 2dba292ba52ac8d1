"""Pages of reports: the list, one report in every format, kept ones and their verification."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, request, url_for

from asurso_core import access, clock, files, web
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.reports import (
    catalogue,
    keeping,
    missing,
    packing,
    params,
    screen,
    sending,
    working,
    writing,
)
from asurso_core.reports.documents import Document, Report
from asurso_core.reports.permissions import ACCEPT, SUBMIT
from asurso_core.school import Period, PeriodType, current_year
from asurso_core.text import fold

reports = Blueprint("reports", __name__)

_FORMATS = {
    "csv": (writing.as_csv, "text/csv"),
    "xlsx": (
        writing.as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "pdf": (writing.as_pdf, "application/pdf"),
}


@reports.get("/reports")
@access.signed_in
def index() -> Response:
    """The reports that the reader may run, by group, the favourite ones first."""
    who = web.actor()
    wanted = fold(request.args.get("q", "")[:100])
    loved = catalogue.favourites(who)
    groups: dict[str, list[Report]] = {}
    for report in catalogue.open_to(who):
        if wanted and wanted not in fold(f"{report.title} {report.about} {report.group}"):
            continue
        if report.name in loved:
            groups.setdefault("", []).append(report)
        groups.setdefault(str(report.group), []).append(report)
    first = {"": groups.pop("")} if "" in groups else {}
    return web.render(
        "core/reports/list.html", groups={**first, **groups}, loved=loved,
        asked=request.args.get("q", ""), kept=keeping.of_actor(who, 20) if who.user_id else [],
        may_accept=who.holds(ACCEPT), local=clock.local, states=_states(),
    )  # fmt: skip


def _states() -> dict[str, str]:
    return {
        keeping.RESULT: _("ready"), keeping.KEPT: _("kept"), keeping.SUBMITTED: _("handed in"),
        keeping.RETURNED: _("returned"), keeping.ACCEPTED: _("accepted"),
    }  # fmt: skip


@reports.post("/reports/<name>/favourite")
@access.signed_in
def favour(name: str) -> Response:
    """Put a report among one's favourites, or take it from there."""
    catalogue.set_favourite(web.actor(), name, wanted=request.form.get("on") == "1")
    return web.back("reports.index")


@reports.get("/reports/<name>", defaults={"kind": "html"})
@reports.get("/reports/<name>.<any(csv,xlsx,pdf):kind>")
@access.signed_in
def show(name: str, kind: str) -> Response:
    """One report on the screen or as a file; its parameters stand in the address."""
    who = web.actor()
    report = catalogue.find(who, name)
    form = params.form_of(who, report, request.args)
    document = None
    if (form.validate() if request.args else True) and not report.long:
        try:
            document = report.build(who, form.data)
        except Invalid as refusal:
            form.blame(refusal)
    if kind in _FORMATS and document is not None:
        return _file(document, kind, **({"author": who.name} if kind == "pdf" else {}))
    asked = keeping.as_address(form.data)
    return web.render(
        "core/reports/show.html",
        200 if document is not None or report.long else 422,
        report=report, form=form, document=document, asked=asked,
        file_url=lambda wanted: _with(url_for("reports.show", name=name, kind=wanted), asked),
        favourite=report.name in catalogue.favourites(who), may_keep=who.holds(SUBMIT),
        ways=sending.ways(who),
        ready=keeping.of_actor(who, 5, name) if report.long else [], local=clock.local,
        states=_states(), body=screen.body(document) if document else None,
        made=writing.made_words(who.name),
    )  # fmt: skip


def _with(url: str, asked: dict[str, str]) -> str:
    return f"{url}?{urlencode(asked)}" if asked else url


def _file(document: Document, kind: str, **more: Any) -> Response:
    write, type_ = _FORMATS[kind]
    answer = make_response(write(document, **more))
    answer.mimetype = type_
    answer.headers["Content-Disposition"] = files.attachment(f"{document.title}.{kind}")
    return answer


@reports.post("/reports/<name>/make")
@access.signed_in
def make(name: str) -> Response:
    """Have a long report made by a worker."""
    who = web.actor()
    report = catalogue.find(who, name)
    form = params.form_of(who, report, request.form)
    if not report.long or not form.validate():
        return web.go("reports.show", name=name)
    job = working.ask_for(who, report, keeping.as_address(form.data))
    return web.go("core_jobs.progress", job_id=job)


# --- kept reports --------------------------------------------------------------------------------


@reports.post("/reports/<name>/keep")
@access.requires(SUBMIT)
def keep(name: str) -> Response:
    """Keep a report as it is now; with ``submit=1`` hand it in at once."""
    who = web.actor()
    report = catalogue.find(who, name)
    form = params.form_of(who, report, request.form)
    if not form.validate() or report.long:
        raise Invalid(_("Choose the parameters of the report again."))
    row = keeping.keep(who, report, report.build(who, form.data), form.data)
    if request.form.get("send"):
        return _sent(row.id, request.form["send"])
    if request.form.get("submit") == "1":
        keeping.submit(who, row.id)
        flash(_("The report is handed in."), "success")
    else:
        flash(_("The report is kept as it is now."), "success")
    return web.go("reports.kept", snapshot_id=row.id)


@reports.get("/reports/kept/<int:snapshot_id>", defaults={"kind": "html"})
@reports.get("/reports/kept/<int:snapshot_id>.<any(csv,xlsx,pdf):kind>")
@access.signed_in
def kept(snapshot_id: int, kind: str) -> Response:
    """A kept report, as it was."""
    who = web.actor()
    row = keeping.snapshot(who, snapshot_id)
    # Links were made for the author; whoever else reads may not be able to follow them.
    document = packing.unpacked(row.content, links=row.author_id == who.user_id)
    made_at, author = clock.local(row.made_at), keeping.author_of(row)
    if kind == "pdf":
        stamp = None if row.state == keeping.RESULT else _stamp(row)
        return _file(document, kind, author=author, moment=made_at, stamp=stamp)
    if kind in _FORMATS:
        return _file(document, kind)
    mine, waiting = row.author_id == who.user_id, {keeping.RESULT, keeping.KEPT}
    return web.render(
        "core/reports/kept.html", row=row, document=document, states=_states(),
        made_at=made_at, author=author, verify_url=_verify_url(row),
        file_url=lambda wanted: url_for("reports.kept", snapshot_id=row.id, kind=wanted),
        may_adopt=mine and row.state == keeping.RESULT and who.holds(SUBMIT),
        may_submit=mine and row.state in waiting and who.holds(SUBMIT) and _handed(row),
        may_review=row.state == keeping.SUBMITTED and who.holds(ACCEPT),
        body=screen.body(document), made=writing.made_words(author, made_at),
        code=_code(_verify_url(row)), ways=sending.ways(who),
    )  # fmt: skip


def _handed(row: Any) -> bool:
    return catalogue.find(web.actor(), row.report).submit


def _verify_url(row: Any) -> str:
    return url_for("reports.verify", code=row.code, _external=True)


def _code(address: str) -> str:
    import segno

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=3, border=2, xmldecl=False)
    return out.getvalue().decode()


def _stamp(row: Any) -> dict[str, str]:
    made = clock.local(row.made_at).strftime("%d.%m.%Y %H:%M")
    words = _("Kept on %(when)s. Check: %(address)s. SHA-256: %(digest)s",
              when=made, address=_verify_url(row), digest=row.digest)  # fmt: skip
    return {"code": _code(_verify_url(row)), "words": words}


@reports.post("/reports/kept/<int:snapshot_id>/keep")
@access.requires(SUBMIT)
def adopt(snapshot_id: int) -> Response:
    """Keep the result of a long report."""
    keeping.adopt(web.actor(), snapshot_id)
    flash(_("The report is kept as it is now."), "success")
    return web.go("reports.kept", snapshot_id=snapshot_id)


@reports.post("/reports/kept/<int:snapshot_id>/send")
@access.requires(SUBMIT)
def send(snapshot_id: int) -> Response:
    """Put a kept report into a letter or an announcement, and go there."""
    return _sent(snapshot_id, request.form.get("send", ""))


def _sent(snapshot_id: int, way: str) -> Response:
    who = web.actor()
    row = keeping.snapshot(who, snapshot_id)
    try:
        endpoint, values = sending.send(who, snapshot_id, way, stamp=_stamp(row))
    except Invalid as refusal:
        told = [text for texts in refusal.fields.values() for text in texts] or [refusal.message]
        flash(" ".join(told), "error")
        return web.go("reports.kept", snapshot_id=snapshot_id)
    flash(_("The report is attached. Choose the recipients and send it."), "success")
    return web.go(endpoint, **values)


@reports.post("/reports/kept/<int:snapshot_id>/submit")
@access.requires(SUBMIT)
def submit(snapshot_id: int) -> Response:
    """Hand a kept report in."""
    keeping.submit(web.actor(), snapshot_id)
    flash(_("The report is handed in."), "success")
    return web.go("reports.kept", snapshot_id=snapshot_id)


@reports.post("/reports/kept/<int:snapshot_id>/review")
@access.requires(ACCEPT)
def review(snapshot_id: int) -> Response:
    """Accept a report that was handed in, or return it."""
    accepted = request.form.get("decision") == "accept"
    try:
        keeping.review(
            web.actor(), snapshot_id, accepted=accepted, reason=request.form.get("reason", "")
        )
    except Invalid as refusal:
        flash(" ".join(text for texts in refusal.fields.values() for text in texts), "error")
        return web.go("reports.kept", snapshot_id=snapshot_id)
    flash(_("The report is accepted.") if accepted else _("The report is returned."), "success")
    return web.go("reports.handed_in")


@reports.get("/reports/handed-in")
@access.requires(ACCEPT)
def handed_in() -> Response:
    """What was handed in, and what is missing for a study period."""
    who = web.actor()
    periods = _periods()
    wanted = request.args.get("period", "")
    over = [one for one in periods if one.ends <= clock.today()]
    chosen = next((one for one in periods if str(one.id) == wanted), None) or (
        over[-1] if over else (periods[0] if periods else None)
    )
    return web.render(
        "core/reports/handed_in.html", found=keeping.handed_in(who), periods=periods,
        period=chosen, lacking=missing.lacking(who, chosen.id) if chosen else [],
        states=_states(), options=[(str(one.id), one.title) for one in periods],
    )  # fmt: skip


def _periods() -> list[Any]:
    year = current_year()
    if year is None:
        return []
    types = PeriodType.select(PeriodType.id).where(PeriodType.year == year)
    return list(
        Period.select().where(Period.period_type.in_(types)).order_by(Period.ends, Period.id)
    )


@reports.get("/reports/verify/<code>")
@access.public
def verify(code: str) -> Response:
    """Whether a paper is a report of this school; tells nothing of its contents."""
    found = keeping.by_code(code)
    return web.render("core/reports/verify.html", found=found, states=_states())


BLUEPRINTS: list[Any] = [reports]
NAVIGATION: list[Any] = [
    NavItem(name="core.reports", label=_l("Reports"), endpoint="reports.index", section="study",
            icon="report", order=90),
]  # fmt: skip
