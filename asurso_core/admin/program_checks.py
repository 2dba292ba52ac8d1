"""Checks of the program itself and of its history, apart from those of the database."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from flask import current_app

import asurso_core
from asurso_core import audit_chain, clock, defects, plugins
from asurso_core.accounts.models import Person, Role, User, UserRole
from asurso_core.admin.verifying import VERIFIED
from asurso_core.audit import AuditEntry
from asurso_core.config import Config
from asurso_core.health import FAILURE, NOTE, OK, WARNING, Finding, HealthCheck
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.school.models import AcademicYear, ClassMember
from asurso_core.school.queries import active

MEGABYTE = 1024**2
#: A larger body has no use here; the largest upload is 20 MB.
LARGEST_BODY = 64 * MEGABYTE
#: Links that a look at the health verifies; the whole chain is for `asurso audit verify`.
LAST_LINKS = 2000
UNSEALED_MINUTES = 10
VERIFY_DAYS = 14


def _config() -> Config:
    found: Config = current_app.extensions["asurso_config"]
    return found


def body_limits() -> Finding:
    """S05: a request must not be able to fill memory or disk."""
    limit = _config().max_body
    text = _("A request holds at most %(number)s MB.", number=limit // MEGABYTE)
    return Finding(level=WARNING if limit > LARGEST_BODY else OK, text=text)


def program_files() -> Finding:
    """S07: whoever breaks into the server process must not be able to change the program."""
    open_ = sorted({str(folder) for folder in _folders() if os.access(folder, os.W_OK)})
    if open_:
        return Finding(
            level=WARNING,
            text=_(
                "The user of the service can change the program: %(list)s. Install it as another "
                "user.",
                list=", ".join(open_[:5]),
            ),
        )
    return Finding(level=OK, text=_("In order."))


def _folders() -> Iterator[Path]:
    yield Path(asurso_core.__file__).parent
    for plugin in plugins.current().plugins.values():
        yield Path(plugins.folder_of(plugin.package))


def installed_versions() -> Finding:
    """S08: what is installed is what the lock file of this release names, and unchanged since."""
    changed = [
        name for name in _needed() for dist in _dist(name) if any(_changed_files(dist))
    ]  # fmt: skip
    if changed:
        return Finding(
            level=FAILURE,
            text=_(
                "Files of installed packages were changed: %(list)s. Install them anew.",
                list=", ".join(sorted(changed)),
            ),
        )
    lock = Path(asurso_core.__file__).parents[1] / "requirements" / "run.txt"
    if not lock.exists():
        return Finding(level=NOTE, text=_("Unchanged since the installation; no lock file here."))
    differ = [
        f"{name} {version}"
        for name, wanted in _locked(lock)
        for version in _versions(name)
        if version != wanted
    ]
    if differ:
        return Finding(
            level=WARNING,
            text=_("Other versions than the release was tested with: %(list)s.",
                   list=", ".join(differ)),
        )  # fmt: skip
    return Finding(level=OK, text=_("The versions of the release, unchanged."))


def _locked(lock: Path) -> list[tuple[str, str]]:
    return re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock.read_text("utf-8"), re.MULTILINE)


def _versions(name: str) -> list[str]:
    return [dist.version for dist in _dist(name)]


def _dist(name: str) -> list[metadata.Distribution]:
    try:
        return [metadata.distribution(name)]
    except metadata.PackageNotFoundError:
        return []


def _needed() -> set[str]:
    """Names of the packages that the kernel stands on, with what those stand on."""
    found: set[str] = set()
    waiting = ["asurso-core"]
    while waiting:
        for dist in _dist(waiting.pop()):
            for line in dist.requires or []:
                name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower()
                if "extra ==" not in line and name not in found:
                    found.add(name)
                    waiting.append(name)
    return found


def _changed_files(dist: metadata.Distribution) -> Iterator[str]:
    """Python files of a distribution that are not what its record of hashes says."""
    for file in dist.files or []:
        if file.hash is None or file.hash.mode != "sha256" or file.suffix != ".py":
            continue
        try:
            data = Path(str(file.locate())).read_bytes()
        except OSError:
            yield str(file)
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        if digest != file.hash.value:
            yield str(file)


def plugin_packages() -> Finding:
    """S09: plugins are code one trusts: each is known by its package, and unchanged."""
    told, changed, loose = [], [], []
    for plugin in plugins.current().plugins.values():
        if plugin.name == "core":
            continue
        found = _dist(f"asurso-{plugin.name}")
        told.append(f"{plugin.name} {plugin.version or '?'}")
        if not found or not any(file.parts[0] == plugin.package for file in found[0].files or []):
            loose.append(plugin.name)
        elif any(_changed_files(found[0])):
            changed.append(plugin.name)
    if changed:
        return Finding(
            level=FAILURE,
            text=_("Files of plugins were changed: %(list)s. Install them anew.",
                   list=", ".join(changed)),
        )  # fmt: skip
    text = _("Installed: %(list)s.", list=", ".join(told) or "—")
    if loose:
        text += " " + _("Without a record of hashes (as developers install): %(list)s.",
                        list=", ".join(loose))  # fmt: skip
    return Finding(level=NOTE if loose else OK, text=text)


def people_who_left() -> Finding:
    """S13: whoever left the school must not get in any more."""
    gone = (
        User.select().join(Person).where(User.state == "active", Person.archived_at.is_null(False))
    )
    number = gone.count()
    if AcademicYear.select().where(AcademicYear.state == "current").exists():
        pupils = UserRole.select(UserRole.user).join(Role).where(Role.name == "pupil")
        listed = ClassMember.select(ClassMember.pupil).where(active(ClassMember, clock.today()))
        number += (
            User.select()
            .where(User.state == "active", User.id.in_(pupils), User.person.not_in(listed))
            .count()
        )
    if number:
        return Finding(
            level=WARNING,
            text=ngettext(
                "%(num)s account of somebody who left is open: a pupil without a class, or "
                "somebody in the archive.",
                "%(num)s accounts of people who left are open: pupils without a class, or people "
                "in the archive.",
                number,
            ),
        )
    return Finding(level=OK, text=_("In order."))


def antivirus() -> Finding:
    """S16: the program looks at the content of files, not for viruses."""
    return Finding(
        level=NOTE,
        text=_("Uploaded files are judged by their content, but not searched for viruses."),
    )


def history() -> Finding:
    """R09: the end of the chain is sound, it is sealed, and somebody verifies the whole of it."""
    report = audit_chain.verify(
        audit_chain.heads_file(Path(current_app.instance_path)), last=LAST_LINKS
    )
    if report.faults:
        return Finding(
            level=FAILURE,
            text=_("The history was changed: %(fault)s Run: asurso audit verify",
                   fault=report.faults[0].text),
        )  # fmt: skip
    entry = (
        AuditEntry.select()
        .where(AuditEntry.kind == VERIFIED)
        .order_by(AuditEntry.id.desc())
        .first()
    )
    if entry is not None and entry.after.get("faults"):
        return Finding(
            level=FAILURE,
            text=_("The last verification of the history found faults. Run: asurso audit verify"),
        )
    waiting, oldest = audit_chain.unsealed()
    if waiting and (clock.stamp() - oldest).total_seconds() > UNSEALED_MINUTES * 60:
        return Finding(
            level=WARNING,
            text=ngettext(
                "%(num)s entry waits for its seal for over ten minutes. Run: asurso audit seal",
                "%(num)s entries wait for their seal for over ten minutes. Run: asurso audit seal",
                waiting,
            ),
        )
    sealed = ngettext("%(num)s entry is sealed.", "%(num)s entries are sealed.", report.links)
    if entry is None or (clock.stamp() - entry.at).days >= VERIFY_DAYS:
        sealed += " " + _("The whole history was not verified for two weeks: asurso audit verify")
        return Finding(level=NOTE, text=sealed)
    return Finding(level=OK, text=sealed)


def mistakes() -> Finding:
    """R11: every answer 500 is a mistake of the program."""
    number = defects.since(Path(current_app.instance_path), days=7)
    if number:
        return Finding(
            level=WARNING,
            text=ngettext(
                "%(num)s mistake of the program in seven days. Look into the log of the service.",
                "%(num)s mistakes of the program in seven days. Look into the log of the service.",
                number,
            ),
        )
    return Finding(level=OK, text=_("None in seven days."))


CHECKS: list[HealthCheck] = [
    HealthCheck(name=name, title=title, run=run)
    for name, title, run in (
        ("S05", _l("Size of requests"), body_limits),
        ("S07", _l("Files of the program"), program_files),
        ("S08", _l("Installed packages"), installed_versions),
        ("S09", _l("Packages of plugins"), plugin_packages),
        ("S13", _l("Accounts of people who left"), people_who_left),
        ("S16", _l("Viruses"), antivirus),
        ("R09", _l("The history"), history),
        ("R11", _l("Mistakes of the program"), mistakes),
    )
]

#: Numbers that are promised, what they will look at, and why there is nothing to look at yet.
#: As soon as anybody brings a check of the number, its line here is not told any more.
NOT_YET: dict[str, tuple[Any, Any]] = {
    "S14": (_l("Connections to other hosts"), _l("the program opens none by itself.")),
    "R08": (_l("Stored files"), _l("the program keeps no files yet.")),
    "R12": (_l("Slowest report"), _l("reports are not measured yet.")),
}


def not_yet(present: Iterable[str]) -> Iterator[tuple[HealthCheck, Finding]]:
    """Promised checks that nobody brings, with the reason."""
    there = set(present)
    for name, (title, why) in NOT_YET.items():
        if name in there:
            continue
        finding = Finding(level=NOTE, text=_("Not applicable yet: %(why)s", why=str(why)))
        yield HealthCheck(name=name, title=title, run=lambda told=finding: told), finding  # type: ignore[misc]
