"""When the last backup was proved: a small file of the instance, told where it is looked for.

A file and not a row: a proof is about what lies outside of the database, must not change what it
has just proved, and does not come back with an old backup.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from asurso_core import clock
from asurso_core.actors import STAFF, Actor
from asurso_core.config import Config
from asurso_core.dashboard import Widget
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext

FILE = "backup-verified.json"
#: A school that falls back by more than a week has lost a week of marks.
LONGEST_DAYS = 7


@dataclass(frozen=True)
class Proof:
    """A backup that was restored in a scratch place and found equal."""

    archive: str
    made_at: dt.datetime
    verified_at: dt.datetime

    @property
    def age(self) -> dt.timedelta:
        """How old the backup is, not how long ago somebody looked at it."""
        return clock.now() - self.made_at

    @property
    def is_old(self) -> bool:
        """Whether it is time to worry."""
        return self.age > dt.timedelta(days=LONGEST_DAYS)


def remember(conf: Config, archive: Path, manifest: Mapping[str, Any]) -> None:
    """Note a proved backup, unless a younger one is noted already."""
    made = dt.datetime.fromisoformat(manifest["made_at"])
    known = last(conf)
    if known is not None and known.made_at > made:
        return
    told = {
        "archive": archive.name,
        "made_at": made.isoformat(),
        "verified_at": clock.now().isoformat(),
    }
    part = conf.instance / f".{FILE}.{secrets.token_hex(4)}"
    part.write_text(json.dumps(told, indent=1), "utf-8")
    part.chmod(0o600)
    part.replace(conf.instance / FILE)


def last(conf: Config) -> Proof | None:
    """The youngest proved backup; None when there was none, or the note cannot be read."""
    try:
        told = json.loads((conf.instance / FILE).read_text("utf-8"))
        return Proof(
            str(told["archive"]),
            dt.datetime.fromisoformat(told["made_at"]),
            dt.datetime.fromisoformat(told["verified_at"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def in_words(proof: Proof | None) -> str:
    """What to tell whoever answers for the school's data."""
    if proof is None:
        return _(
            "There is no verified backup yet. If the disk fails, everything entered will be lost."
        )
    days = max(0, proof.age.days)
    if days == 0:
        return _("The last verified backup is less than a day old.")
    return ngettext(
        "The last verified backup is %(num)s day old.",
        "The last verified backup is %(num)s days old.",
        days,
    )


def _prepare(actor: Actor) -> Mapping[str, Any] | None:
    del actor
    proof = last(current_app.extensions["asurso_config"])
    return {
        "proof": proof,
        "words": in_words(proof),
        "worry": proof is None or proof.is_old,
        "made": None if proof is None else clock.local(proof.made_at),
    }


WIDGETS = [
    Widget(
        name="core.backup",
        title=_l("Backup"),
        template="core/admin/_backup.html",
        prepare=_prepare,
        requires="core.plugins.view",
        order=90,
        side=STAFF,
    )
]
