"""The life of a plugin in a running school: installed, enabled, disabled, parked, missing, removed.

The page of plugins and the command line both come here. Code comes and goes with pip, by the hand
of an operator; what is decided here is whether the school uses it and what becomes of its data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asurso_core import (
    __version__,
    access,
    audit,
    clock,
    dumps,
    files,
    install,
    plugins,
    revisions,
    schema,
    settings,
)
from asurso_core.accounts.models import Grant, Role
from asurso_core.actors import Actor
from asurso_core.backup import archive as archives
from asurso_core.backup import restoring
from asurso_core.backup.errors import BackupError
from asurso_core.db import MODELS, owner_of, rows, run, transaction
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.fulltext import SearchEntry
from asurso_core.hookspecs.announce import (
    asurso_installed,
    asurso_plugin_disabled,
    asurso_plugin_enabled,
)
from asurso_core.hookspecs.collect import COLLECT, asurso_permissions
from asurso_core.i18n import gettext as _
from asurso_core.plugins import DISABLED, ENABLED, INSTALLED, PARKED, PluginState

MISSING = "missing"
EDIT = "core.plugins.edit"


@dataclass
class Card:
    """A plugin as the administrator sees it."""

    name: str
    title: str
    about: str
    version: str
    state: str  # installed, enabled, disabled, parked, missing
    reason: str = ""
    requires: tuple[str, ...] = ()
    needed_by: list[str] = field(default_factory=list)
    brings: dict[str, int] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    hosts: tuple[str, ...] = ()
    rights: list[access.Permission] = field(default_factory=list)
    #: Rights that came with a newer version: nobody has them before the administrator decides.
    undecided: list[access.Permission] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # migrations
    faults: int = 0
    last_fault: str = ""
    last_fault_at: Any = None
    #: What it uses although it is going to be removed from the program.
    leaving: list[str] = field(default_factory=list)

    @property
    def needs(self) -> list[str]:
        """Titles of the plugins that it stands on."""
        return [title_of(name) for name in self.requires]

    @property
    def needed(self) -> list[str]:
        """Titles of the plugins that stand on it."""
        return [title_of(name) for name in self.needed_by]


def overview(actor: Actor) -> list[Card]:
    """Every plugin that is installed or has left something behind, the kernel first."""
    access.require_any(actor, "core.plugins.view")
    manager = plugins.current()
    states = {row.name: row for row in PluginState.select()}
    cards = [_card(plugin, states.pop(plugin.name, None)) for plugin in manager.plugins.values()]
    for name, parked in sorted(manager.parked.items()):
        row = states.pop(name, None)
        cards.append(Card(name, name, "", parked.version, PARKED, parked.reason))
        _add_faults(cards[-1], row)
    for name, row in sorted(states.items()):
        text = _("The package is not installed any more. Its data are kept.")
        cards.append(Card(name, name, "", row.version, MISSING, text))
    return cards


def title_of(name: str) -> str:
    """What people call a plugin: its title where its package is installed, else its name."""
    found = plugins.current().plugins.get(name)
    return str(found.manifest.title) if found is not None else name


def _titles(names: Iterable[str]) -> str:
    return ", ".join(f"«{title_of(name)}»" for name in names)


def card(actor: Actor, name: str) -> Card:
    """One of :func:`overview`; raises :class:`NotThere`."""
    for found in overview(actor):
        if found.name == name:
            return found
    raise NotThere(_("There is no such plugin."))


def _card(plugin: plugins.Plugin, row: PluginState | None) -> Card:
    manager = plugins.current()
    state = ENABLED if plugin.name == "core" else row.state if row is not None else INSTALLED
    made = Card(
        plugin.name,
        str(plugin.manifest.title),
        str(plugin.manifest.about),
        plugin.version or __version__,
        state,
        (row.reason or "") if row is not None else "",
        plugin.requires,
        manager.needed_by(plugin.name),
        hosts=plugin.manifest.hosts,
    )
    for spec in COLLECT:
        for owner, item in manager.collect(spec, everything=True):
            if owner is plugin:
                kind = spec.__name__.removeprefix("asurso_")
                made.brings[kind] = made.brings.get(kind, 0) + 1
                if spec is asurso_permissions:
                    made.rights.append(item)
    made.tables = tables_of(plugin.name)
    made.leaving = [str(one) for one in manager.leaving.get(plugin.name, ())]
    made.waiting = schema.waiting(plugin.name)
    if row is not None and row.rights is not None and state != INSTALLED:
        made.undecided = [one for one in made.rights if one.name not in row.rights]
    _add_faults(made, row)
    return made


def _add_faults(made: Card, row: PluginState | None) -> None:
    if row is not None:
        made.faults, made.last_fault = row.faults, row.last_fault or ""
        made.last_fault_at = row.last_fault_at


def tables_of(name: str) -> list[str]:
    """The tables of an owner by its models."""
    return sorted(
        model._meta.table_name  # noqa: SLF001 - peewee keeps it there
        for model in MODELS
        if owner_of(model.__module__) == name
    )


# --- on and off --------------------------------------------------------------------------------


def enable(actor: Actor, name: str) -> None:
    """Make the plugin's tables, give its rights their default owners, and let it take part.

    Every worker follows with its next request. Rights that the administrator has decided about
    before are not given again.

    :raises Refused: it is parked, or a plugin it stands on is off; the text says which.
    """
    access.require_any(actor, EDIT)
    manager = plugins.current()
    plugin = _loaded(name)
    off = [one for one in plugin.requires if not manager.is_enabled(one)]
    if off:
        raise Refused(_("Switch on first: %(names)s.", names=_titles(off)))
    try:
        schema.upgrade_owner(name)
    except Exception as error:
        _remember(name, f"migration failed: {error}")
        raise Refused(
            _("Its tables could not be made, nothing was changed: %(error)s", error=str(error))
        ) from error
    with _telling(manager):
        row = PluginState.get_or_none(PluginState.name == name)
        first_time = row is None or row.state == INSTALLED
        before = row.state if row is not None else INSTALLED
        if row is None:
            row = PluginState(name=name)
        declared = _rights_of(name)
        if row.rights is None:
            install.grant_defaults(declared)
            row.rights = [one.name for one in declared]
        row.state, row.version, row.reason, row.faults = ENABLED, plugin.version, None, 0
        row.save()
        revisions.bump("plugins")
        revisions.bump("access")
        manager.refresh(revisions.of("plugins")[0])
        plugins.announce(asurso_installed)
        plugins.announce(asurso_plugin_enabled, name=name, first_time=first_time, actor=actor)
        _record(actor, "core.plugin_enabled", name, before, ENABLED)


def disable(actor: Actor, name: str) -> None:
    """Hide a plugin everywhere at once; its data stay.

    :raises Refused: an enabled plugin stands on it; the text names it.
    """
    access.require_any(actor, EDIT)
    manager = plugins.current()
    _loaded(name, parked_too=True)
    needed = manager.needed_by(name, enabled=True)
    if needed:
        raise Refused(_("Switch off first: %(names)s.", names=_titles(needed)))
    with _telling(manager):
        row = _row(name)
        before, row.state, row.reason = row.state, DISABLED, None
        row.save()
        revisions.bump("plugins")
        plugins.announce(asurso_plugin_disabled, name=name, actor=actor)
        _record(actor, "core.plugin_disabled", name, before, DISABLED)
        manager.refresh(revisions.of("plugins")[0])


def decide(actor: Actor, name: str, accepted: list[str]) -> None:
    """Settle the rights that came with a newer version: those accepted get their default owners."""
    access.require_any(actor, EDIT)
    with transaction():
        row = _row(name)
        fresh = [one for one in _rights_of(name) if one.name not in (row.rights or ())]
        install.grant_defaults([one for one in fresh if one.name in accepted])
        row.rights = [*(row.rights or ()), *(one.name for one in fresh)]
        row.save()
        revisions.bump("access")
        audit.record(
            actor,
            "core.plugin_rights_decided",
            f"core.plugin:{name}",
            before=[one.name for one in fresh],
            after=[one.name for one in fresh if one.name in accepted],
        )


class _telling:  # noqa: N801 - used as a block
    """A transaction after which this process knows the set of enabled plugins, come what may."""

    def __init__(self, manager: plugins.PluginManager) -> None:
        self._manager = manager
        self._transaction = transaction()

    def __enter__(self) -> None:
        self._transaction.__enter__()

    def __exit__(self, *error: Any) -> bool | None:
        try:
            return self._transaction.__exit__(*error)
        finally:
            if error[0] is not None:
                self._manager.refresh(-2)  # asked again: nothing of the deed has happened


def _rights_of(name: str) -> list[access.Permission]:
    found = plugins.current().collect(asurso_permissions, everything=True)
    return [item for owner, item in found if owner.name == name]


def _loaded(name: str, *, parked_too: bool = False) -> plugins.Plugin:
    manager = plugins.current()
    if name in manager.parked and not parked_too:
        raise Refused(_("It cannot be switched on: %(reason)s", reason=manager.parked[name].reason))
    plugin = manager.plugins.get(name)
    if plugin is None or name == "core":
        raise NotThere(_("There is no such plugin."))
    return plugin


def _row(name: str) -> PluginState:
    found: PluginState | None = PluginState.get_or_none(PluginState.name == name)
    if found is None:
        raise NotThere(_("There is no such plugin."))
    return found


def _remember(name: str, reason: str) -> None:
    with transaction():
        row = PluginState.get_or_none(PluginState.name == name) or PluginState(
            name=name, state=INSTALLED
        )
        row.reason = reason[:500]
        row.save()


def _record(actor: Actor, kind: str, name: str, before: Any, after: Any) -> None:
    audit.record(actor, kind, f"core.plugin:{name}", before=before, after=after, topic="access")


# --- removing and bringing back ----------------------------------------------------------------


def remove(actor: Actor, name: str, typed: str, folder: Path) -> Path:
    """Write an archive of all that a disabled plugin has, then drop it: tables, files, grants, …

    Everything goes or nothing. The bytes of files follow their rows within the hour, unless
    somebody else's file has the same ones.

    ``typed`` must be the plugin's name: nobody removes data by a slip. Returns the archive's path.

    :raises Invalid: another name was typed.
    :raises Refused: it is on, or a plugin that stands on it has data.
    """
    access.require_any(actor, EDIT)
    _loaded(name)
    row = _row(name)
    if typed.strip() != name:
        raise Invalid(_("Type the name of the plugin exactly: %(name)s.", name=name))
    if row.state == ENABLED:
        raise Refused(_("Switch it off first."))
    if row.state == INSTALLED:
        raise Refused(_("It has no data."))
    standing = [
        other
        for other in plugins.current().needed_by(name)
        if tables_of(other)
        and (found := PluginState.get_or_none(PluginState.name == other)) is not None
        and found.state != INSTALLED
    ]
    if standing:
        raise Refused(_("Remove first: %(names)s.", names=_titles(standing)))
    archive = write_archive(name, folder)
    with schema.alone(), schema.whole() as check:
        schema.downgrade(name)
        schema.make_guards()
        files.forget_of(name)
        run("DELETE FROM core_search_entry WHERE owner = ?", [name])
        run("DELETE FROM core_grant WHERE permission LIKE ? ESCAPE '\\'", [_like(name)])
        run("DELETE FROM core_person_grant WHERE permission LIKE ? ESCAPE '\\'", [_like(name)])
        run("DELETE FROM core_preference WHERE name LIKE ? ESCAPE '\\'", [_like(name)])
        run("DELETE FROM core_setting WHERE owner = ?", [name])
        row.state, row.rights, row.reason, row.version = INSTALLED, None, None, ""
        row.faults = 0
        row.save()
        for topic in ("plugins", "access", "settings"):
            revisions.bump(topic)
        audit.record(
            actor, "core.plugin_removed", f"core.plugin:{name}", after={"archive": archive.name}
        )
        check()
    files.sweep()
    plugins.current().refresh(-2)
    settings.forget()
    return archive


def _like(name: str) -> str:
    return name.replace("_", "\\_") + ".%"


def forget(actor: Actor, name: str) -> None:
    """Strike a plugin whose package is gone off the list; its tables stay where they are."""
    access.require_any(actor, EDIT)
    manager = plugins.current()
    if name in manager.plugins or name in manager.parked:
        raise Refused(_("Its package is installed: remove it instead."))
    with transaction():
        row = _row(name)
        row.delete_instance()
        _record(actor, "core.plugin_forgotten", name, row.state, None)
        revisions.bump("plugins")


def write_archive(name: str, folder: Path) -> Path:
    """All data of a plugin as one file: tables, stored files, grants, settings, digests of all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    manifest: dict[str, Any] = {
        "format": archives.FORMAT,
        "plugin": name,
        "version": plugins.current().plugins[name].version,
        "program": __version__,
        "made_at": clock.now().isoformat(),
        "migrations": schema.applied(name),
        "tables": [],
        "files": [],
        "lost": [],
        "kept": kept_rows(name),
    }
    when = clock.local().strftime("%Y%m%d-%H%M%S")
    seen = dumps.here()
    with transaction(), archives.Writer(folder, f"{name}-{when}", None) as writer:
        for table, only in _parts(name):
            made = seen.table(table)
            manifest["tables"].append(writer.put_table(made, seen.lines(made, only)))
        for (digest,) in _bytes_of(name):
            told = writer.put_file(f"{digest[:2]}/{digest}", files.folder() / digest[:2] / digest)
            if told is None:  # its row is kept all the same, as it was before
                manifest["lost"].append(digest)
            else:
                manifest["files"].append(told)
        return writer.finish(manifest)


def _parts(name: str) -> list[tuple[str, tuple[str, str] | None]]:
    """The tables of a plugin, and which rows of the kernel's are its own."""
    return [
        *((table, None) for table in tables_of(name)),
        ("core_stored_file", ("kind", f"{name}.")),
        ("core_search_entry", ("owner", name)),
    ]


def _bytes_of(name: str) -> list[tuple[str]]:
    return rows(
        f"SELECT DISTINCT digest FROM core_stored_file "  # noqa: S608 - a length
        f"WHERE substr(kind, 1, {len(name) + 1}) = ? ORDER BY digest",
        [f"{name}."],
    )


def kept_rows(name: str) -> dict[str, list[list[Any]]]:
    """What the kernel keeps for a plugin: grants (also to persons), settings, preferences."""
    return {
        "grants": [
            list(row)
            for row in rows(
                "SELECT r.name, g.permission, g.scope FROM core_grant g "
                "JOIN core_role r ON r.id = g.role_id WHERE g.permission LIKE ? ESCAPE '\\' "
                "ORDER BY r.name, g.permission, g.scope",
                [_like(name)],
            )
        ],
        "person_grants": [
            [*row[:4], str(row[4])[:10], *row[5:8], str(row[8])]
            for row in rows(
                f"SELECT {', '.join(_PERSON_GRANT)} FROM core_person_grant "  # noqa: S608
                "WHERE permission LIKE ? ESCAPE '\\' ORDER BY user_id, permission, scope",
                [_like(name)],
            )
        ],
        "settings": [
            list(row)
            for row in rows(
                "SELECT name, value FROM core_setting WHERE owner = ? ORDER BY name", [name]
            )
        ],
        "preferences": [
            list(row)
            for row in rows(
                "SELECT user_id, name, value FROM core_preference WHERE name LIKE ? ESCAPE '\\' "
                "ORDER BY user_id, name",
                [_like(name)],
            )
        ],
    }


_PERSON_GRANT = (
    "user_id", "side", "permission", "scope", "until", "reason", "given_by", "given_by_name",
    "given_at",
)  # fmt: skip


def checksums(name: str) -> dict[str, dumps.Digest]:
    """What a plugin has in the database: the digests of its tables and of its stored files."""
    seen = dumps.here()
    standing = set(seen.names())
    with transaction():
        return {
            table: seen.digest(seen.table(table), only)
            for table, only in _parts(name)
            if table in standing and table != "core_search_entry"
        }


def restore(actor: Actor, archive: Path) -> str:
    """Bring the data of a removed plugin back; it is *disabled* afterwards. Returns its name.

    An archive of an older version of the plugin is loaded into its own tables and then upgraded.

    :raises Invalid: the file is damaged, no such archive, or of a newer version.
    :raises Refused: the plugin is not installed, or has data already.
    """
    access.require_any(actor, EDIT)
    try:
        with archives.opened(archive, None, archive.parent, plugin=True) as source:
            name = str(source.manifest["plugin"])
            plugin = _loaded(name)
            _demand_fitting(name, source)
            with schema.alone(), schema.whole() as check:
                _fill(name, source)
                row = PluginState.get_or_none(PluginState.name == name) or PluginState(name=name)
                row.state, row.version, row.reason = DISABLED, plugin.version, None
                row.rights = [one.name for one in _rights_of(name)]
                row.save()
                for topic in ("plugins", "access", "settings"):
                    revisions.bump(topic)
                audit.record(
                    actor, "core.plugin_restored", f"core.plugin:{name}",
                    after={"archive": archive.name},
                )  # fmt: skip
                check()
    except (BackupError, dumps.Misfit) as error:
        raise Invalid(
            _("This file is damaged or no archive of a plugin (%(error)s).", error=str(error))
        ) from error
    plugins.current().refresh(-2)
    settings.forget()
    return name


def _demand_fitting(name: str, source: archives.Archive) -> None:
    """Look before anything is written."""
    row = PluginState.get_or_none(PluginState.name == name)
    if row is not None and row.state != INSTALLED:
        raise Refused(_("The plugin has data already: remove them first."))
    known = schema.known(name)
    if any(step not in known for step in source.manifest["migrations"]):
        raise Invalid(_("The archive comes from a newer version of the plugin."))
    allowed = {table for table, only in _parts(name) if only is not None}
    if any(not one.startswith(f"{name}_") for one in set(source.tables) - allowed):
        raise Invalid(_("The archive holds tables of somebody else."))
    kept = source.manifest["kept"]
    names = [
        *(permission for _role, permission, _scope in kept["grants"]),
        *(given[_PERSON_GRANT.index("permission")] for given in kept["person_grants"]),
        *(key for _user, key, _value in kept["preferences"]),
    ]
    if any(not one.startswith(f"{name}.") for one in names):
        raise Invalid(_("The archive holds rights of somebody else."))


def _fill(name: str, source: archives.Archive) -> None:
    """Make the tables that the archive's plugin had, fill them, bring them up to date."""
    schema.drop_guards()
    schema.apply(name, schema.folder_of(name), source.manifest["migrations"])
    seen = dumps.here()
    own = seen.in_order(table for table in source.tables if table.startswith(f"{name}_"))
    for table in reversed(own):  # migrations fill some; what the archive holds is the truth
        run(f"DELETE FROM {dumps.quoted(table)}")  # noqa: S608 - names of the archive, compared
    for table in ["core_stored_file", *own]:
        columns = [one["name"] for one in source.tables[table]["columns"]]
        seen.load(seen.table(table), columns, source.rows(table))
        seen.number_on(table)
        only = dict(_parts(name)).get(table)
        told, found = source.tables[table], seen.digest(seen.table(table), only)
        if (found.rows, found.sha256) != (told["rows"], told["sha256"]):
            raise dumps.Misfit(f"{table}: {found.rows} rows came back, {told['rows']} were kept")
    schema.apply(name, schema.folder_of(name), schema.waiting(name))
    schema.make_guards()
    _bring_back(name, source.manifest["kept"])
    columns = [one["name"] for one in source.tables["core_search_entry"]["columns"]]
    for line in source.rows("core_search_entry"):
        entry = dict(zip(columns, line, strict=True))
        del entry["id"]  # it may be another's by now
        SearchEntry.insert(**entry).execute()
    restoring.put_files(source, files.folder())


def _bring_back(name: str, kept: dict[str, list[list[Any]]]) -> None:
    roles = {row.name: row.id for row in Role.select()}
    for role, permission, scope in kept["grants"]:
        if role in roles:
            Grant.insert(role=roles[role], permission=permission, scope=scope).execute()
    users = {id_ for (id_,) in rows("SELECT id FROM core_user")}
    for given in kept["person_grants"]:
        if given[0] in users:
            run(
                f"INSERT INTO core_person_grant ({', '.join(_PERSON_GRANT)}) "  # noqa: S608
                f"VALUES ({', '.join('?' * len(_PERSON_GRANT))})",
                given,
            )
    for key, value in kept["settings"]:
        run("INSERT INTO core_setting (owner, name, value) VALUES (?, ?, ?)", [name, key, value])
    for user, key, value in kept["preferences"]:
        if user in users:
            run(
                "INSERT INTO core_preference (user_id, name, value) VALUES (?, ?, ?)",
                [user, key, value],
            )


__all__ = [
    "Card",
    "card",
    "checksums",
    "decide",
    "disable",
    "enable",
    "forget",
    "overview",
    "remove",
    "restore",
    "title_of",
    "write_archive",
]
