"""The whole verification of the history, and the entry that says what it found."""

from __future__ import annotations

from pathlib import Path

from asurso_core import audit, audit_chain
from asurso_core.actors import system
from asurso_core.audit_chain import Fault, Report
from asurso_core.db import rows, transaction
from asurso_core.i18n import gettext as _
from asurso_core.school import School

VERIFIED = "core.audit_verified"


def verify(heads: Path, *, told: str | None = None) -> Report:
    """Verify the chain and the witnesses, record the outcome, seal what is new.

    ``told`` is a head that was noted elsewhere, ``PLACE:HASH``. After faults nothing is sealed:
    what was found must not be covered by a new seal.
    """
    report = audit_chain.verify(heads)
    if told is not None:
        _compare(report, told)
    demo = School.select().where(School.demo == True).exists()  # noqa: E712 - SQL
    audit_chain.verify_witnesses(report, invented=demo)
    with transaction():
        audit.record(
            system("asurso audit verify"),
            VERIFIED,
            "core.audit:0",
            after={
                "links": report.links,
                "compared": report.judged,
                "faults": audit_chain.faults_by_kind(report.faults),
            },
            topic=None,
        )
    if not report.faults:
        audit_chain.seal(heads, now=True)
    return report


def _compare(report: Report, told: str) -> None:
    place, _colon, digest = told.partition(":")
    stands = (
        rows("SELECT digest FROM core_audit_link WHERE id = ?", [int(place)])
        if place.isdecimal() and len(place) < 10
        else []
    )
    if not stands or stands[0][0] != digest.strip().lower():
        report.faults.append(
            Fault("cut", None, _("The chain does not have the head %(head)s.", head=told[:80]))
        )
