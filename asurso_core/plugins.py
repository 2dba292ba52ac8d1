"""The plugin manager: discover, admit, order, and the three verbs *collect*, *ask*, *announce*.

Nobody else touches pluggy. The verbs take the spec function itself, so a type checker sees a
misspelt argument where it is passed, and an editor jumps to the documentation.

A plugin cannot take the school down: one that does not fit is *parked* with the reason when the
program starts, one that fails again and again is parked while it runs. Both is told on the page of
plugins. Only access and the closing of a year are stricter: there a failure means *no*.
"""

from __future__ import annotations

import functools
import graphlib
import importlib
import logging
import re
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import (
    Distribution,
    EntryPoint,
    PackageNotFoundError,
    distribution,
    entry_points,
)
from typing import Any, ParamSpec, TypeVar

import peewee as pw
import pluggy
from packaging.requirements import InvalidRequirement, Requirement

from asurso_core import __version__, clock, revisions, tracing
from asurso_core.budget import TooSlow, budget
from asurso_core.db import Record, db, rows, transaction
from asurso_core.deprecations import RemovedInAsurso2
from asurso_core.errors import PluginError
from asurso_core.fields import JSONField
from asurso_core.hookspecs import announce as announce_specs
from asurso_core.hookspecs import ask as ask_specs
from asurso_core.hookspecs import collect as collect_specs

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("asurso.plugins")

__all__ = [
    "Manifest",
    "PluginError",
    "PluginManager",
    "announce",
    "ask",
    "collect",
    "current",
    "first",
    "use",
]

#: Seconds that a plugin may take: to say what it brings, to answer, to hear of a deed.
LOAD_SECONDS, ASK_SECONDS, ANNOUNCE_SECONDS = 10.0, 2.0, 2.0
#: So many faults within an hour park a plugin that no other one needs.
STRIKES = 3
#: After a slow answer a plugin is not asked for so many seconds.
REST_SECONDS = 60.0

INSTALLED, ENABLED, DISABLED, PARKED = "installed", "enabled", "disabled", "parked"
#: What a plugin may do without ending the program.
_FAULTS = (Exception, SystemExit)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a plugin says of itself in its ``plugin.py``.

    ``hosts`` are the addresses outside of the school that it talks to; none by default.
    """

    title: Any
    about: Any
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plugin:
    """A loaded plugin: its one name, its module, its package and what it stands on."""

    name: str
    module: Any
    package: str
    requires: tuple[str, ...] = ()
    version: str = ""

    @property
    def manifest(self) -> Manifest:
        """Title and description; the bare name if it gave none."""
        found = getattr(self.module, "manifest", None)
        return found if isinstance(found, Manifest) else Manifest(title=self.name, about="")


@dataclass(frozen=True)
class Parked:
    """A plugin that is installed and takes no part, and why."""

    name: str
    version: str
    reason: str


class PluginState(Record):
    """What the school has decided of a plugin, and how often it failed.

    A row stays when the package vanishes: its tables and grants wait for its return.
    """

    class Meta:
        table_name = "core_plugin"

    name = pw.CharField(60, unique=True)
    state = pw.CharField(12, default=ENABLED)  # installed, enabled, disabled, parked
    version = pw.CharField(40, default="")  # the one that was last enabled or upgraded
    reason = pw.CharField(500, null=True)  # why it was parked
    #: Names of its rights that the administrator has decided about; None before the first time.
    rights = JSONField(null=True)
    faults = pw.IntegerField(default=0)
    last_fault = pw.CharField(500, null=True)
    last_fault_at = pw.DateTimeField(null=True)


class PluginManager:
    """All installed plugins of one process, the kernel's own first."""

    def __init__(self) -> None:
        self._pm = pluggy.PluginManager("asurso")
        self._specs: list[Any] = []
        for module in (collect_specs, ask_specs, announce_specs):
            self._add_specs(module)
        self.plugins: dict[str, Plugin] = {}
        #: Installed, but unfit: name → why.
        self.parked: dict[str, Parked] = {}
        #: What of the program a plugin uses although it is going to be removed.
        self.leaving: dict[str, list[RemovedInAsurso2]] = {}
        self._kept: dict[str, dict[str, list[Any]]] = {}  # plugin → hook → items
        self._collected: dict[str, list[tuple[Plugin, Any]]] = {}
        self._off: frozenset[str] = frozenset()
        self._revision = -1
        #: Grows whenever somebody comes, goes, or is switched: what was worked out before is old.
        self.turn = 0
        self._resting: dict[str, float] = {}
        self._faults: list[tuple[str, str, bool]] = []
        self._lock = threading.Lock()
        #: Tests re-raise what production would log and skip.
        self.reraise = False

    # --- loading

    def load(self, *, only: Iterable[str] | None = None, safe_mode: bool = False) -> None:
        """Load the kernel's own plugin and every installed one that fits, by dependencies.

        What does not fit is parked with a reason: a name that breaks the one-name rule, a failing
        import, a missing dependency, another version than it asks for, an unknown hook, an item
        that is no such item or bears a taken name. Never raises for a plugin.
        """
        builtin = importlib.import_module("asurso_core.builtin")
        self.register([Plugin("core", builtin, "asurso_core", version=__version__)])
        if safe_mode:
            return
        wanted = None if only is None else set(only)
        found: dict[str, Plugin] = {}
        asked: dict[str, list[Requirement]] = {}
        for point in sorted(entry_points(group="asurso"), key=lambda found: found.name):
            if wanted is not None and point.name not in wanted:
                continue
            dist: Distribution | None = getattr(point, "dist", None)
            asked[point.name] = list(_requirements(dist))
            try:
                found[point.name] = _loaded(point, dist, asked[point.name])
            except PluginError as error:
                version = "" if dist is None else dist.version
                self._park(point.name, version, str(error))
        self.admit(found.values(), asked)

    def admit(
        self, found: Iterable[Plugin], asked: dict[str, list[Requirement]] | None = None
    ) -> None:
        """Register those plugins that fit and park the others; dependencies first."""
        by_name = {plugin.name: plugin for plugin in found}
        for name in _tolerant_order(by_name):
            plugin = by_name[name]
            try:
                self._check_needs(plugin, (asked or {}).get(name, []))
                self._enter(plugin)
                self._check_names(plugin)
            except PluginError as error:
                if name in self.plugins:
                    self.leave(name)
                self._park(name, plugin.version, str(error))

    def register(self, loaded: Iterable[Plugin]) -> None:
        """Register plugins given by hand: the kernel's own, and those of tests.

        :raises PluginError: one of them does not fit; nothing of it stays registered.
        """
        by_name = {plugin.name: plugin for plugin in loaded}
        for name in _ordered(by_name, self.plugins):
            self._enter(by_name[name])

    def park(self, name: str, reason: str) -> None:
        """Take a registered plugin out, with all that stand on it; the text says why."""
        plugin = self.plugins.get(name)
        if plugin is None or name == "core":
            raise PluginError(reason)
        for other in list(self.plugins.values()):
            if name in other.requires:
                self.park(other.name, f"needs {name}, which is parked")
        self.leave(name)
        self._park(name, plugin.version, reason)

    def _park(self, name: str, version: str, reason: str) -> None:
        log.error("plugin %s is parked: %s", name, reason)
        self.parked[name] = Parked(name, version, reason)

    def _check_needs(self, plugin: Plugin, asked: list[Requirement]) -> None:
        for name in plugin.requires:
            if name in self.parked:
                raise PluginError(f"needs {name}, which is parked")
            if name not in self.plugins:
                raise PluginError(f"needs the plugin {name}, which is not installed")
        for wanted in asked:
            name = wanted.name.lower().replace("_", "-").removeprefix("asurso-")
            there = self.plugins.get(name)
            if there is None or not there.version:
                continue
            if not wanted.specifier.contains(there.version, prereleases=True):
                raise PluginError(f"wants {wanted}, here is {there.version}")

    def _check_names(self, plugin: Plugin) -> None:
        """Nobody takes a name of somebody else, not even one that is not there today."""
        for spec in collect_specs.NAMED:
            for item in self._items(plugin, spec):
                name = str(_name_of(item))
                if not re.fullmatch(rf"{plugin.name}([._].+)?", name):
                    raise PluginError(
                        f"{plugin.name}: {spec.__name__}: {name!r} is a foreign name, "
                        f"its own begin with {plugin.name!r}"
                    )

    def _enter(self, plugin: Plugin) -> None:
        """Register one plugin whole or not at all; :class:`PluginError` says what is wrong."""
        specs = None if plugin.name == "core" else _hookspecs_of(plugin)
        leaving = self._try_hooks(plugin, specs)
        for warning in leaving:
            log.warning("plugin %s uses what will be removed: %s", plugin.name, warning)
            warnings.warn(warning, stacklevel=2)
        if specs is not None:
            self._add_specs(specs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RemovedInAsurso2)  # it was told above
            self._pm.register(plugin.module, plugin.name)
        self.leaving[plugin.name] = leaving
        if tracing.wanted("hooks"):
            self._trace(plugin)
        self.plugins[plugin.name] = plugin
        self._collected.clear()
        self.turn += 1
        try:
            self._taste(plugin)
        except PluginError:
            self.leave(plugin.name)
            raise

    def _trace(self, plugin: Plugin) -> None:
        for caller in self._pm.get_hookcallers(plugin.module) or ():
            impl = self._implementation(plugin, caller.name)
            if impl is not None:
                told = tracing.told(caller.name, plugin.name, impl.function)
                # Here and not around each call, so that it costs nothing when nobody asked.
                impl.function = told  # type: ignore[misc]

    def leave(self, name: str) -> None:
        """Unregister a plugin; what it brought is gone at once."""
        self._pm.unregister(name=name)
        self.leaving.pop(name, None)
        self.plugins.pop(name, None)
        self._kept.pop(name, None)
        self._collected.clear()
        self.turn += 1

    def _add_specs(self, module: Any) -> None:
        self._pm.add_hookspecs(module)
        self._specs.append(module)

    def _try_hooks(self, plugin: Plugin, own: Any) -> list[RemovedInAsurso2]:
        """Register with a manager of its own first: a refusal of pluggy leaves half behind.

        Returns what the plugin answers although it is going to be removed.
        """
        trial = pluggy.PluginManager("asurso")
        try:
            for module in [*self._specs, *([own] if own is not None else [])]:
                trial.add_hookspecs(module)
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                trial.register(plugin.module, plugin.name)
            trial.check_pending()
        except _FAULTS as error:
            raise PluginError(f"{plugin.name}: unknown hook: {error}") from error
        found = (one.message for one in told)
        return [one for one in found if isinstance(one, RemovedInAsurso2)]

    def _taste(self, plugin: Plugin) -> None:
        """Ask for all that the plugin brings: it must be there, fit, and bear names of its own."""
        for spec in collect_specs.COLLECT:
            items = self._items(plugin, spec)
            taken = {
                name: owner.name
                for owner in self.plugins.values()
                if owner is not plugin
                for name in (_name_of(item) for item in self._items(owner, spec))
                if name is not None
            }
            for name in (_name_of(item) for item in items):
                if name is not None and name in taken:
                    raise PluginError(
                        f"{spec.__name__}: {name!r} comes from {taken[name]} and from {plugin.name}"
                    )
                if name is not None:
                    taken[name] = plugin.name

    def _items(self, plugin: Plugin, spec: Callable[..., Any]) -> list[Any]:
        """What a plugin answers to a collect hook, asked once and looked at."""
        kept = self._kept.setdefault(plugin.name, {})
        name = spec.__name__
        if name not in kept:
            impl = self._implementation(plugin, name)
            kept[name] = [] if impl is None else _collected_from(plugin, spec, impl)
        return kept[name]

    # --- enabled set

    def refresh(self, revision: int) -> None:
        """Re-read which plugins are switched on, if the revision ``plugins`` has moved."""
        if revision == self._revision:
            return
        on = {name for (name,) in rows("SELECT name FROM core_plugin WHERE state = ?", [ENABLED])}
        off = frozenset(self.plugins) - on - {"core"}
        if off != self._off:
            self._off = off
            self.turn += 1
        self._resting.clear()
        self._revision = revision

    def forget(self) -> None:
        """Nothing is known of the enabled set any more (tests roll it back)."""
        if self._off:
            self._off = frozenset()
            self.turn += 1
        self._revision = -1
        self._faults.clear()

    def is_enabled(self, name: str) -> bool:
        """Whether an installed plugin is switched on; the kernel always is."""
        return name == "core" or (name in self.plugins and name not in self._off)

    def needed_by(self, name: str, *, enabled: bool = False) -> list[str]:
        """Names of loaded plugins that stand on this one (only the enabled ones, if wished)."""
        return [
            one.name
            for one in self.plugins.values()
            if name in one.requires and (not enabled or self.is_enabled(one.name))
        ]

    def hooks_of(self, name: str) -> list[str]:
        """Names of the hooks that a loaded plugin answers."""
        plugin = self.plugins.get(name)
        found = self._pm.get_hookcallers(plugin.module) if plugin is not None else None
        return sorted(caller.name for caller in found or ())

    # --- the three verbs

    def _implementation(self, plugin: Plugin, name: str) -> pluggy.HookImpl | None:
        caller = getattr(self._pm.hook, name, None)
        if caller is None:
            return None
        found: Iterable[pluggy.HookImpl] = caller.get_hookimpls()
        return next((impl for impl in found if impl.plugin_name == plugin.name), None)

    def _implementations(self, name: str) -> Iterator[tuple[Plugin, pluggy.HookImpl]]:
        caller = getattr(self._pm.hook, name, None)
        if caller is None:
            return
        by_name = {impl.plugin_name: impl for impl in caller.get_hookimpls()}
        for plugin in list(self.plugins.values()):
            if plugin.name in by_name and self.is_enabled(plugin.name):
                yield plugin, by_name[plugin.name]

    def collect(
        self, spec: Callable[..., Any], *, everything: bool = False
    ) -> list[tuple[Plugin, Any]]:
        """``(plugin, item)`` of every item the enabled plugins contribute, in a fixed order.

        ``everything`` asks those that are switched off too.
        """
        name = spec.__name__
        if name not in self._collected:
            gathered = [
                (plugin, item)
                for plugin in list(self.plugins.values())
                for item in self._items_or_none(plugin, spec)
            ]
            gathered.sort(key=lambda pair: getattr(pair[1], "order", 0))
            self._collected[name] = gathered
        found = self._collected[name]
        if everything or not self._off:
            return found
        return [pair for pair in found if self.is_enabled(pair[0].name)]

    def _items_or_none(self, plugin: Plugin, spec: Callable[..., Any]) -> list[Any]:
        """For hooks that plugins publish: nobody has asked them while the program started."""
        try:
            return self._items(plugin, spec)
        except PluginError as error:
            if self.reraise:
                raise
            self.note(plugin.name, spec.__name__, error)
            return self._kept[plugin.name].setdefault(spec.__name__, [])

    def ask(
        self, spec: Callable[..., Any], arguments: dict[str, Any], failure: Any = None
    ) -> Iterator[tuple[Plugin, Any]]:
        """Answers of the enabled plugins that are not None.

        One that fails, answers something else than the spec says or takes longer than
        :data:`ASK_SECONDS` gives ``failure``; one that was slow is left in peace for a while,
        unless a failure means *no* (``failure`` is not None).
        """
        for plugin, impl in self._implementations(spec.__name__):
            if failure is None and self._rests(plugin.name):
                continue
            given = {name: arguments[name] for name in impl.argnames}
            answer = self.contained(plugin.name, spec.__name__, impl.function, given, failure, spec)
            if answer is not None:
                yield plugin, answer

    def contained(
        self,
        name: str,
        where: str,
        function: Callable[..., Any],
        arguments: dict[str, Any],
        failure: Any = None,
        spec: Callable[..., Any] | None = None,
    ) -> Any:
        """What a plugin's function gives, or ``failure`` and a noted fault. For pieces of pages."""
        try:
            with budget(ASK_SECONDS):
                answer = function(**arguments)
            if spec is not None and answer is not None:
                _look_at(spec, answer)
        except _FAULTS as error:
            if self.reraise:
                raise
            self.note(name, where, error)
            return failure
        return answer

    def announce(self, spec: Callable[..., Any], arguments: dict[str, Any]) -> None:
        """Tell every enabled plugin; one that fails is rolled back to a savepoint and named."""
        for plugin, impl in self._implementations(spec.__name__):
            try:
                with db.atomic(), budget(ANNOUNCE_SECONDS):
                    impl.function(**{name: arguments[name] for name in impl.argnames})
            except _FAULTS as error:
                if self.reraise:
                    raise
                self.note(plugin.name, spec.__name__, error)

    def _rests(self, name: str) -> bool:
        until = self._resting.get(name)
        return until is not None and time.monotonic() < until

    # --- faults

    def note(self, name: str, where: str, error: BaseException, *, strike: bool = True) -> None:
        """Remember that a plugin failed in a place; :meth:`settle` writes it down.

        A ``strike`` counts towards parking: the plugin spoiled somebody else's page or deed. What
        fails on its own pages is only told.
        """
        log.error("plugin %s failed in %s", name, where, exc_info=error)
        if isinstance(error, TooSlow):
            self._resting[name] = time.monotonic() + REST_SECONDS
        with self._lock:
            self._faults.append((name, f"{where}: {type(error).__name__}: {error}"[:500], strike))

    def settle(self) -> None:
        """Write down the faults of this request or command, and park who failed too often.

        In a transaction of its own, after the deed's: a fault must not undo it, nor be undone with
        it. The one other thing than a session's stamp that a GET may write.
        """
        with self._lock:
            waiting, self._faults = self._faults, []
        if not waiting or db.is_closed():
            return
        try:
            with transaction():
                for name, text, strike in waiting:
                    self._count(name, text, strike=strike)
        except Exception:  # the log has them; telling of a fault must not become another one
            log.exception("faults of plugins could not be written down")

    def _count(self, name: str, text: str, *, strike: bool) -> None:
        row: PluginState | None = PluginState.get_or_none(PluginState.name == name)
        if row is None:
            return
        now = clock.stamp()
        fresh = row.last_fault_at is not None and (now - row.last_fault_at).total_seconds() < 3600
        row.faults = (row.faults if fresh else 0) + int(strike)
        row.last_fault, row.last_fault_at = text, now
        if (
            row.faults >= STRIKES
            and row.state == ENABLED
            and not self.needed_by(name, enabled=True)
        ):
            row.state, row.reason = PARKED, text
            revisions.bump("plugins")
        row.save()


def can_be_called(name: str) -> bool:
    """Whether a word can be the one name of a plugin."""
    return re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) is not None and name != "core"


def _loaded(point: EntryPoint, dist: Distribution | None, asked: list[Requirement]) -> Plugin:
    name = point.name
    package = point.module.split(".", 1)[0]
    dist_name = "" if dist is None else dist.name.lower().replace("_", "-")
    if package != f"asurso_{name}" or dist_name not in {"", f"asurso-{name}"}:
        raise PluginError(
            f"plugin {name!r} must be the package asurso_{name} of the distribution "
            f"asurso-{name}, not {package} of {dist_name}"
        )
    try:
        with budget(LOAD_SECONDS):
            module = point.load()
    except _FAULTS as error:
        raise PluginError(f"{name}: cannot be loaded: {type(error).__name__}: {error}") from error
    needs = (
        wanted.name.lower().replace("_", "-").removeprefix("asurso-")
        for wanted in asked
        if wanted.name.lower().replace("_", "-") != "asurso-core"
    )
    return Plugin(name, module, package, tuple(needs), "" if dist is None else dist.version)


def _requirements(dist: Distribution | None) -> Iterator[Requirement]:
    """What a distribution asks of the kernel and of other plugins."""
    for text in (dist.requires if dist is not None else None) or ():
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        here = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if here and wanted.name.lower().replace("_", "-").startswith("asurso-"):
            yield wanted


def wants(name: str) -> list[str]:
    """What the distribution of a plugin asks of the kernel and of others."""
    try:
        return sorted(str(one) for one in _requirements(distribution(f"asurso-{name}")))
    except PackageNotFoundError:
        return []


def _hookspecs_of(plugin: Plugin) -> types.ModuleType | None:
    try:
        with budget(LOAD_SECONDS):
            return _optional_module(f"{plugin.package}.hookspecs")
    except _FAULTS as error:
        raise PluginError(f"{plugin.name}: hookspecs cannot be loaded: {error}") from error


def _collected_from(plugin: Plugin, spec: Callable[..., Any], impl: pluggy.HookImpl) -> list[Any]:
    name = spec.__name__
    try:
        with budget(LOAD_SECONDS):
            items: Any = impl.function()
            items = list(items)
        _look_at(spec, items)
    except _FAULTS as error:
        raise PluginError(f"{plugin.name}: {name} failed: {error}") from error
    made: list[Any] = items
    return made


def _look_at(spec: Callable[..., Any], answer: Any) -> None:
    """Raise ``TypeError`` unless an answer is what the spec says (``list[NavItem]``).

    Specs are read by the names in them, because their types are not imported at run time.
    """
    said = str(spec.__annotations__.get("return", "Any"))
    if said.startswith("list["):
        if not isinstance(answer, list):
            raise TypeError(f"a list was expected, not {type(answer).__name__}")
        wanted, found = said[5:-1], answer
    else:
        wanted, found = said.removesuffix(" | None"), [answer]
    wanted = wanted.rsplit(".", 1)[-1]
    if not wanted.isidentifier() or wanted == "Any":
        return
    for item in found:
        if wanted not in {one.__name__ for one in type(item).__mro__}:
            raise TypeError(f"{wanted} was expected, not {type(item).__name__}")


def _name_of(item: Any) -> str | None:
    name = getattr(item, "name", None)
    return name if isinstance(name, str) else None


def _ordered(by_name: dict[str, Plugin], there: Iterable[str] = ()) -> list[str]:
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    known = set(there)
    for name in sorted(by_name):
        sorter.add(name, *(["core"] if name != "core" and "core" in by_name else []))
        for needed in by_name[name].requires:
            if needed in known:
                continue
            if needed not in by_name:
                raise PluginError(f"{name} needs the plugin {needed}, which is not loaded")
            sorter.add(name, needed)
    return list(sorter.static_order())


def _tolerant_order(by_name: dict[str, Plugin]) -> list[str]:
    """Dependencies first, as far as there are any; who needs itself in a circle comes last."""
    left, order = dict(by_name), []
    while left:
        ready = [
            name
            for name in sorted(left)
            if not any(needed in left for needed in left[name].requires)
        ] or sorted(left)
        for name in ready:
            order.append(name)
            del left[name]
    return order


def _optional_module(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise


# --- the manager of this process ---------------------------------------------------------------

_current: PluginManager | None = None


def use(manager: PluginManager | None) -> None:
    """Make a manager the one of this process."""
    global _current  # noqa: PLW0603 - see use()
    _current = manager


def current() -> PluginManager:
    """The manager of this process; loaded with every installed plugin on first use."""
    global _current  # noqa: PLW0603 - see use()
    if _current is None:
        _current = PluginManager()
        _current.load()
    return _current


def collect(spec: Callable[[], list[T]]) -> list[tuple[Plugin, T]]:
    """``(plugin, item)`` of every item that enabled plugins contribute."""
    return current().collect(spec)


def ask(spec: Callable[..., Any], *, failure: Any = None, **arguments: Any) -> Iterator[Any]:
    """``(plugin, answer)`` of enabled plugins that have one; a failing one gives ``failure``."""
    return current().ask(spec, arguments, failure)


def first(spec: Callable[..., T], **arguments: Any) -> T | None:
    """The first answer that is not None."""
    return next((answer for _plugin, answer in current().ask(spec, arguments)), None)


def announce(spec: Callable[P, None], *args: P.args, **arguments: P.kwargs) -> None:
    """Tell every enabled plugin what happened; call inside the transaction of the deed."""
    if args:
        raise TypeError("announce() takes keyword arguments only")
    current().announce(spec, dict(arguments))


@functools.cache
def folder_of(package: str) -> str:
    """Where an installed package lies."""
    module = importlib.import_module(package)
    if module.__file__ is None:
        raise PluginError(f"{package} has no files")
    return module.__file__.rsplit("/", 1)[0]
