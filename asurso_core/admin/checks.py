"""The kernel's own checks for ``asurso doctor`` (reliability-security 9)."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

from flask import current_app, has_request_context

from asurso_core import access, clock, files, plugins, schema, settings
from asurso_core.accounts.models import Grant, Role, User
from asurso_core.admin import program_checks
from asurso_core.backup import remembering
from asurso_core.config import Config
from asurso_core.db import is_sqlite, rows
from asurso_core.health import FAILURE, NOTE, OK, SILENCED, WARNING, Finding, HealthCheck
from asurso_core.hookspecs.collect import asurso_health_checks
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.school import School
from asurso_core.school.queries import tuples_of

log = logging.getLogger("asurso.health")

#: A one-time password that nobody has used for so long is an open door.
INITIAL_DAYS = 14
GIGABYTE = 1024**3


def run_all() -> list[tuple[HealthCheck, Finding]]:
    """Every check of the kernel and of the enabled plugins with what it found.

    What is promised and cannot be looked at yet is told too. A warning or failure that the
    operator silenced has the level ``silenced`` and the reason in its text. Needs an application
    context and an open connection. A check that breaks is a failure of its own and stops no other.
    """
    found = []
    for _plugin, check in plugins.collect(asurso_health_checks):
        try:
            finding = check.run()
        except Exception as error:  # what is broken is just what this page must tell
            log.exception("health check %s failed", check.name)
            finding = Finding(
                level=FAILURE,
                text=_("The check itself failed: %(error)s", error=type(error).__name__),
            )
        found.append((check, _silenced(check.name, finding)))
    found += program_checks.not_yet(check.name for check, _finding in found)
    return sorted(found, key=_place)


def _place(pair: tuple[HealthCheck, Finding]) -> tuple[int, str]:
    """Security, then reliability, then what plugins bring."""
    name = pair[0].name
    return "SR".find(name[:1]) % 3, name


def _silenced(name: str, finding: Finding) -> Finding:
    reason = _config().silenced.get(name)
    if reason is None or finding.level not in {WARNING, FAILURE}:
        return finding
    return Finding(
        level=SILENCED, text=_("%(text)s Borne: %(why)s", text=finding.text, why=reason.strip())
    )


def _config() -> Config:
    found: Config = current_app.extensions["asurso_config"]
    return found


def _fine(text: str = "") -> Finding:
    return Finding(level=OK, text=text or _("In order."))


def debug() -> Finding:
    """S01: the debugger would hand the server to anybody who meets an error."""
    if current_app.debug:
        return Finding(level=FAILURE, text=_("The debug mode is on. Never serve a school with it."))
    return _fine()


def secret_key() -> Finding:
    """S02: whoever reads the key can sign in as anybody."""
    if len(_config().secret_key) < 32:
        return Finding(level=FAILURE, text=_("The secret key is too short: make a new one."))
    file = _config().instance / "secret.key"
    if not file.exists():
        return Finding(level=NOTE, text=_("The secret key is not kept in the instance folder."))
    if file.stat().st_mode & 0o077:
        return Finding(
            level=FAILURE,
            text=_("Others on this machine can read secret.key. Run: chmod 600 secret.key"),
        )
    return _fine()


def trusted_hosts() -> Finding:
    """S03: without a list of names the site answers to any Host header."""
    if not _config().trusted_hosts:
        return Finding(
            level=WARNING,
            text=_("The site answers to any host name. Set trusted_hosts in asurso.toml."),
        )
    return _fine()


def https() -> Finding:
    """S04: without HTTPS passwords travel in the open."""
    if not _config().https:
        return Finding(
            level=WARNING,
            text=_("HTTPS is not set. Right only for a trial on one machine."),
        )
    return _fine()


def instance_folder() -> Finding:
    """S06: the folder holds the database and the key."""
    folder = _config().instance
    if folder.stat().st_mode & 0o007:
        return Finding(
            level=WARNING,
            text=_("Others on this machine can look into the instance folder. Run: chmod 750"),
        )
    return _fine()


def family_rights() -> Finding:
    """S10: rights that do harm in the hands of pupils and parents."""
    known = access.permissions()
    query = (
        Grant.select(Role.label, Grant.permission, Grant.scope)
        .join(Role)
        .where(Role.side == "family")
    )
    held = []
    for role, name, scope in tuples_of(query):
        if name in known and access.too_much_for_family(known[name], scope):
            held.append(f"{role}: {known[name].label}")
    if held:
        return Finding(
            level=FAILURE,
            text=_("Pupils or parents hold dangerous rights: %(list)s", list="; ".join(held)),
        )
    return _fine()


def initial_passwords() -> Finding:
    """S12: one-time passwords that were handed out and never used."""
    limit = clock.stamp() - dt.timedelta(days=INITIAL_DAYS)
    number = (
        User.select()
        .where(
            User.state == "active",
            User.must_change == True,  # noqa: E712 - SQL
            User.password_hash.is_null(False),
            User.created_at < limit,
            User.password_changed_at.is_null() | (User.password_changed_at < limit),
        )
        .count()
    )
    if number:
        return Finding(
            level=WARNING,
            text=ngettext(
                "%(num)s account has kept its one-time password for over two weeks.",
                "%(num)s accounts have kept their one-time passwords for over two weeks.",
                number,
            ),
        )
    return _fine()


def demo_data() -> Finding:
    """S15: a demonstration school is open to everybody who reads its list of passwords."""
    if School.select().where(School.demo == True).exists():  # noqa: E712 - SQL
        return Finding(
            level=NOTE,
            text=_("This is a demonstration school. Never enter real people here."),
        )
    return _fine()


def durability() -> Finding:
    """R01: what is acknowledged must outlive a power cut."""
    if is_sqlite():
        now = {
            name: str(rows(f"PRAGMA {name}")[0][0])
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    else:
        now = {name: str(rows(f"SHOW {name}")[0][0]) for name in ("synchronous_commit", "fsync")}
        wanted = {"synchronous_commit": "on", "fsync": "on"}
    wrong = [f"{name} = {value}" for name, value in now.items() if value != wanted[name]]
    if wrong:
        return Finding(
            level=FAILURE,
            text=_("The database may lose saved marks: %(list)s", list=", ".join(wrong)),
        )
    return _fine(", ".join(f"{name} = {value}" for name, value in now.items()))


def integrity() -> Finding:
    """R02: the file of the database is whole and its references hold."""
    if is_sqlite():
        told = [str(row[0]) for row in rows("PRAGMA quick_check(5)")]
        broken = [] if told == ["ok"] else told
        broken += [str(row[0]) for row in rows("PRAGMA foreign_key_check")[:5]]
    else:
        broken = [
            str(row[0])
            for row in rows(
                "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                "WHERE NOT i.indisvalid LIMIT 5"
            )
        ]
    if broken:
        return Finding(
            level=FAILURE,
            text=_("The database is damaged: %(list)s. Restore a backup.", list="; ".join(broken)),
        )
    return _fine()


def backup() -> Finding:
    """R03: a backup that nobody restored is a hope, and an old one is a loss."""
    proof = remembering.last(_config())
    level = WARNING if proof is None or proof.is_old else OK
    return Finding(level=level, text=remembering.in_words(proof))


def free_space() -> Finding:
    """R04: room on the disk of the instance folder."""
    free = shutil.disk_usage(_config().instance).free
    text = _("%(number)s GB are free.", number=f"{free / GIGABYTE:.1f}".replace(".", ","))
    level = FAILURE if free < GIGABYTE / 2 else WARNING if free < 2 * GIGABYTE else OK
    return Finding(level=level, text=text)


def migrations() -> Finding:
    """R05: the tables are those of the installed program."""
    waiting = schema.pending()
    if waiting:
        return Finding(
            level=FAILURE,
            text=_(
                "The database must be upgraded (asurso db upgrade): %(list)s",
                list=", ".join(waiting),
            ),
        )
    return _fine()


def stored_files() -> Finding:
    """R08: every file that a row speaks of is there, and is what it was."""
    # A page has no time to hash a whole school's files; the command has.
    found = files.damage(seconds=1.0 if has_request_context() else None)
    if found.lost or found.changed:
        told = []
        if found.lost:
            told.append(_("lost: %(list)s", list=_numbers(found.lost)))
        if found.changed:
            told.append(_("changed: %(list)s", list=_numbers(found.changed)))
        return Finding(
            level=FAILURE,
            text=_("Files are not what they were (%(list)s). Restore them from a backup.",
                   list="; ".join(told)),
        )  # fmt: skip
    text = ngettext("%(num)s file is whole.", "%(num)s files are whole.", found.looked_at)
    if found.looked_at < found.all:
        text += " " + ngettext(
            "%(num)s more was not read: asurso doctor reads all.",
            "%(num)s more were not read: asurso doctor reads all.",
            found.all - found.looked_at,
        )
    if found.orphans:
        text += " " + ngettext(
            "%(num)s file is no longer needed and goes in the night.",
            "%(num)s files are no longer needed and go in the night.",
            len(found.orphans),
        )
    return Finding(level=NOTE if found.orphans else OK, text=text)


def _numbers(ids: list[int]) -> str:
    shown = ", ".join(str(id_) for id_ in ids[:100])
    return f"{shown}, …" if len(ids) > 100 else shown


def clock_and_zone() -> Finding:
    """R10: "today" is the school's own day, and the clock runs."""
    if os.environ.get("ASURSO_NOW"):
        return Finding(level=WARNING, text=_("The clock is held still by ASURSO_NOW."))
    if not is_sqlite():
        told = rows("SELECT EXTRACT(EPOCH FROM clock_timestamp())")[0][0]
        if abs(float(told) - time.time()) > 60:  # the machine's own clock is what is judged
            return Finding(
                level=WARNING,
                text=_("The clocks of this machine and of the database differ by over a minute."),
            )
    return _fine(
        _(
            "At school it is %(time)s (%(zone)s).",
            time=clock.local().strftime("%d.%m.%Y %H:%M"),
            zone=clock.zone().key,
        )
    )


def second_factors() -> Finding:
    """S11: strong accounts that a password alone opens."""
    strong = list(settings.get("core", "factor_roles"))
    ((count,),) = rows(
        "SELECT COUNT(DISTINCT u.id) FROM core_user u JOIN core_user_role ur ON ur.user_id = u.id "
        "JOIN core_role r ON r.id = ur.role_id WHERE u.state = 'active' AND r.name IN ? "
        "AND NOT EXISTS (SELECT 1 FROM core_second_factor f WHERE f.user_id = u.id "
        "AND f.confirmed_at IS NOT NULL)",
        [strong],
    )
    if not count:
        return _fine()
    return Finding(
        level=WARNING,
        text=ngettext(
            "%(num)s account that should have a second factor has none.",
            "%(num)s accounts that should have a second factor have none.",
            count,
        ),
    )


def _check(name: str, title: Any, run: Callable[[], Finding]) -> HealthCheck:
    return HealthCheck(name=name, title=title, run=run)


CHECKS: list[HealthCheck] = [
    _check("S01", _l("Debug mode"), debug),
    _check("S02", _l("Secret key"), secret_key),
    _check("S03", _l("Names of the site"), trusted_hosts),
    _check("S04", _l("HTTPS"), https),
    _check("S06", _l("Instance folder"), instance_folder),
    _check("S10", _l("Rights of pupils and parents"), family_rights),
    _check("S11", _l("Second factor"), second_factors),
    _check("S12", _l("One-time passwords"), initial_passwords),
    _check("S15", _l("Demonstration data"), demo_data),
    _check("R01", _l("Durability of the database"), durability),
    _check("R02", _l("Integrity of the database"), integrity),
    _check("R03", _l("Verified backup"), backup),
    _check("R04", _l("Free space"), free_space),
    _check("R05", _l("Tables are up to date"), migrations),
    _check("R08", _l("Stored files"), stored_files),
    _check("R10", _l("Clock and time zone"), clock_and_zone),
    *program_checks.CHECKS,
]
