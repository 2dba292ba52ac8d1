"""Papers of a class: made at once or by a job, kept for a few days, packed for the archive."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit, clock, files, jobs, typesetting
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid
from asurso_core.files import StoredFile
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass
from asurso_journal import paper, paper_rows, permissions
from asurso_journal.paper_rows import ClassBook

#: The job that prints a class journal, the kind of file it leaves, and the record of printing.
JOB = "journal.print"
FILE_KIND = "journal.paper"
PRINTED = "journal.printed"
#: So many days a printed journal can be fetched; then it is printed anew.
KEPT_DAYS = 3

JOURNAL, SUMMARY, MISSED, CARDS, LETTERS_1, LETTERS_2 = (
    "journal", "summary", "missed", "cards", "letters1", "letters2",
)  # fmt: skip
PAPERS = (JOURNAL, SUMMARY, MISSED, CARDS, LETTERS_1, LETTERS_2)
PDF, ZIP = "application/pdf", "application/zip"


@dataclass(frozen=True, slots=True)
class Made:
    """A paper that is ready: its file name, content type and bytes."""

    name: str
    type: str
    body: bytes


def title_of(kind: str) -> str:
    """A paper in the words of the interface."""
    return {
        JOURNAL: _("Class journal with all parts"),
        SUMMARY: _("Summary sheet of final marks"),
        MISSED: _("Sheet of missed lessons"),
        CARDS: _("Report cards"),
        LETTERS_1: _("Information letters, form 1: list of marks"),
        LETTERS_2: _("Information letters, form 2: counts of marks"),
    }[kind]


def print_paper(actor: Actor, class_id: int, kind: str, slot: int) -> Made:
    """A quick paper of a class in a study period (or ``slot`` 0, the year), recorded.

    :raises NotThere: no such class or period, or the actor may not print its papers.
    :raises Invalid: there is no such paper.
    """
    if kind not in PAPERS or kind == JOURNAL:
        raise Invalid(_("Choose a paper from the list."))
    book = paper_rows.class_book(actor, class_id, slot)
    made = Made(_file_name(kind, book, "pdf"), PDF, _pdf(kind, book))
    with transaction():
        _record(actor, book, kind, slot)
    return made


def letter(actor: Actor, pupil_id: int, slot: int, form: int) -> Made:
    """The information letter of one pupil, for whoever may see the marks: parents above all.

    Looking at one's own child's marks is no deed of its own, on paper as little as on the screen.

    :raises NotThere: no such pupil or period, or the marks are not open to the actor.
    """
    book = paper_rows.pupil_book(actor, pupil_id, slot)
    kind = LETTERS_2 if form == 2 else LETTERS_1
    whose = book.pupils[0].name if book.pupils else ""
    return Made(_file_name(kind, book, "pdf", whose), PDF, _pdf(kind, book))


def archive(actor: Actor, class_id: int, slot: int) -> Made:
    """The class journal as PDF/A with the machine-readable copy and checksums, in one ZIP.

    Writes nothing; :func:`export` and the job record what they hand out.

    :raises NotThere: no such class or period, or the actor may not print its journal.
    """
    book = paper_rows.class_book(actor, class_id, slot, particulars=True)
    return _packed(actor, book)


def _packed(actor: Actor, book: ClassBook) -> Made:
    if book.particulars is not None:
        audit.read(
            actor, "journal.read_paper", _target(book.class_id), [one.id for one in book.pupils]
        )
    parts = {
        "journal.pdf": _pdf(JOURNAL, book),
        "journal.json": paper.canonical(paper.machine(book)),
    }
    parts["SHA256SUMS"] = paper.checksums(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, body in parts.items():
            # A fixed time: equal journals make equal archives.
            entry = zipfile.ZipInfo(name, (*book.today.timetuple()[:3], 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            box.writestr(entry, body)
    return Made(_file_name(JOURNAL, book, "zip"), ZIP, out.getvalue())


def export(actor: Actor, class_id: int, slot: int) -> Made:
    """:func:`archive`, recorded: for the command line."""
    made = archive(actor, class_id, slot)
    with transaction():
        audit.record(actor, PRINTED, _target(class_id), after=_told(JOURNAL, slot), topic=None)
    return made


def order(actor: Actor, class_id: int, slot: int) -> int:
    """Ask for the printed journal of a class; returns the number of the job.

    :raises NotThere: no such class or period, or the actor may not print its journal.
    """
    access.find(actor, permissions.PRINT, SchoolClass, class_id)
    paper_rows.require_slot(class_id, slot)
    with transaction():
        return jobs.enqueue(
            JOB, key=f"{actor.user_id}:{class_id}:{slot}", by=actor, class_id=class_id, slot=slot,
            user=actor.user_id, side=actor.side,
        )  # fmt: skip


def keep(attempt: jobs.Attempt, actor: Actor, class_id: int, slot: int) -> None:
    """The work of the job: print, and keep the file for the actor for a few days.

    Rights are asked again in the actor's name: they may have changed since the order.

    :raises NotThere: the actor may not print it any more.
    """
    attempt.progress(0, 3, _("reading the class"))
    book = paper_rows.class_book(actor, class_id, slot, particulars=True)
    attempt.progress(1, 3, _("setting the pages"))
    made = _packed(actor, book)
    attempt.progress(2, 3, _("keeping the file"))
    digest = files.keep_bytes(made.body)
    with transaction():
        files.keep(
            actor, FILE_KIND, name=made.name, type_=made.type, digest=digest, size=len(made.body),
            target=_target(class_id),
        )  # fmt: skip
        _record(actor, book, JOURNAL, slot)
        attempt.finish()
    audit.write_readings(actor)


def forget_old(actor: Actor) -> int:
    """Drop printed journals whose days are over; returns how many."""
    limit = clock.stamp() - dt.timedelta(days=KEPT_DAYS)
    old = list(
        StoredFile.select().where(StoredFile.kind == FILE_KIND, StoredFile.created_at < limit)
    )
    for row in old:
        files.drop(actor, row)
    return len(old)


def kept_for(actor: Actor) -> list[StoredFile]:
    """The printed journals that the actor can fetch now, the newest first."""
    if actor.person_id is None:
        return []
    query = StoredFile.select().where(
        StoredFile.kind == FILE_KIND, StoredFile.owner == actor.person_id
    )
    found = list(query.order_by(StoredFile.id.desc()))
    allowed = access.allowed_ids(
        actor, permissions.PRINT, SchoolClass, {_class_of(row) for row in found}
    )
    return [row for row in found if _class_of(row) in allowed]


def may_fetch(actor: Actor, row: StoredFile) -> bool:
    """Whether a kept paper is the actor's own order, and still open to them."""
    if actor.person_id is None or row.owner_id != actor.person_id:
        return False
    return bool(access.allowed_ids(actor, permissions.PRINT, SchoolClass, [_class_of(row)]))


def _class_of(row: StoredFile) -> int:
    return int(row.target.rpartition(":")[2])


def _target(class_id: int) -> str:
    return f"journal.class:{class_id}"


def _told(kind: str, slot: int) -> dict[str, Any]:
    return {"paper": kind, "period": slot}


def _record(actor: Actor, book: ClassBook, kind: str, slot: int) -> None:
    told = {**_told(kind, slot), "class": book.title, "pupils": len(book.pupils)}
    audit.record(actor, PRINTED, _target(book.class_id), after=told, topic=None)


def _pdf(kind: str, book: ClassBook) -> bytes:
    if kind == JOURNAL:
        template, data = "journal.typ", paper.journal(book)
    elif kind in {SUMMARY, MISSED}:
        sheet = "marks" if kind == SUMMARY else "missed"
        template, data = "summary.typ", {**paper.summary(book), "sheet": sheet}
    elif kind == CARDS:
        template, data = "cards.typ", paper.cards(book)
    else:
        template, data = "letters.typ", paper.letters(book, 2 if kind == LETTERS_2 else 1)
    # The wide tables go without tags: the journal would grow sixtyfold.
    tagged = kind in {CARDS, LETTERS_1, LETTERS_2}
    return typesetting.pdf("journal", template, data, tagged=tagged, archival=True)


def _file_name(kind: str, book: ClassBook, ending: str, whose: str = "") -> str:
    span = _("year") if book.whole_year else book.periods[0].title
    year = book.year.replace("/", "-")
    words = {
        JOURNAL: _("Journal"), SUMMARY: _("Summary sheet"), MISSED: _("Missed lessons"),
        CARDS: _("Report cards"), LETTERS_1: _("Letters"), LETTERS_2: _("Letters"),
    }[kind]  # fmt: skip
    if whose:
        words = _("Letter to the parents")
    return f"{words} {whose or book.title} {span} {year}.{ending}"
