"""The demonstration school has limited some kinds of works to the subjects they belong to."""

from __future__ import annotations

from asurso_core.demo import DemoSchool, DemoStep
from asurso_journal import facts
from asurso_journal.models import AssignmentType, AssignmentTypeSubject

#: Codes of kinds of works and of the subjects that they are given in.
ONLY = {
    "listening": ("eng",), "grammar": ("eng",), "vocabulary": ("eng",),
    "maps": ("hist", "geog"), "recital": ("lit", "lit_read", "eng"),
}  # fmt: skip


def fill(school: DemoSchool) -> None:
    """Limit them, where the school has the subjects."""
    names = {kind.code: kind.name for kind in facts.work_types()}
    there = {row.name: row.id for row in AssignmentType.select()}
    for kind, subjects in ONLY.items():
        ids = [school.subject_ids[one] for one in subjects if school.subject_ids.get(one)]
        if names[kind] in there:
            for id_ in ids:
                AssignmentTypeSubject.create(type=there[names[kind]], subject=id_)


STEPS = [DemoStep(name="journal.vocabulary", order=21, fill=fill)]
