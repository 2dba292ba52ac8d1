"""The plugin manager: discover, order, and the three verbs *collect*, *ask*, *announce*.

Nobody else touches pluggy. The verbs take the spec function itself, so a type checker sees a
misspelt argument where it is passed, and an editor jumps to the documentation.
"""

from __future__ import annotations

import functools
import graphlib
import importlib
import logging
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, entry_points
from typing import Any, ParamSpec, TypeVar

import peewee as pw
import pluggy

from asurso_core import clock
from asurso_core.db import Record, db, rows
from asurso_core.errors import PluginError
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


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a plugin says of itself in its ``plugin.py``."""

    title: Any
    about: Any


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


class PluginState(Record):
    """Whether a plugin is switched on, and how often it failed."""

    class Meta:
        table_name = "core_plugin"

    name = pw.CharField(60, unique=True)
    enabled = pw.BooleanField(default=True)
    faults = pw.IntegerField(default=0)
    last_fault = pw.CharField(500, null=True)
    last_fault_at = pw.DateTimeField(null=True)


class PluginManager:
    """All installed plugins of one process, the kernel's own first."""

    def __init__(self) -> None:
        self._pm = pluggy.PluginManager("asurso")
        for module in (collect_specs, ask_specs, announce_specs):
            self._pm.add_hookspecs(module)
        self.plugins: dict[str, Plugin] = {}
        self._collected: dict[str, list[tuple[Plugin, Any]]] = {}
        self._disabled: frozenset[str] = frozenset()
        self._revision = -1
        #: Tests re-raise what production would log and skip.
        self.reraise = False

    # --- loading

    def load(self, *, only: Iterable[str] | None = None, safe_mode: bool = False) -> None:
        """Load the kernel's own plugin and every installed one, in the order of dependencies.

        :raises PluginError: a name breaks the one-name rule, a dependency is missing, a hook is
            unknown or two items share a name; the text says which plugin.
        """
        builtin = importlib.import_module("asurso_core.builtin")
        found = {"core": Plugin("core", builtin, "asurso_core")}
        if not safe_mode:
            wanted = None if only is None else set(only)
            for plugin in _discover():
                if wanted is None or plugin.name in wanted:
                    found[plugin.name] = plugin
        self.register(found.values())

    def register(self, loaded: Iterable[Plugin]) -> None:
        """Register plugins given by hand (tests) or by :meth:`load`, then check them all."""
        by_name = {plugin.name: plugin for plugin in loaded}
        for name in _ordered(by_name):
            plugin = by_name[name]
            self.plugins[name] = plugin
            specs = _optional_module(f"{plugin.package}.hookspecs") if name != "core" else None
            if specs is not None:
                self._pm.add_hookspecs(specs)
        for name, plugin in self.plugins.items():
            if self._pm.get_plugin(name) is None:
                self._pm.register(plugin.module, name)
        try:
            self._pm.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"unknown hook: {error}") from error
        self._collected.clear()
        self._check_duplicates()

    def _check_duplicates(self) -> None:
        for spec in collect_specs.COLLECT:
            seen: dict[str, str] = {}
            for plugin, item in self.collect(spec, everything=True):
                name = getattr(item, "name", None)
                if not isinstance(name, str):
                    continue
                if name in seen:
                    raise PluginError(
                        f"{spec.__name__}: {name!r} comes from {seen[name]} and from {plugin.name}"
                    )
                seen[name] = plugin.name

    # --- enabled set

    def refresh(self, revision: int) -> None:
        """Re-read which plugins are switched on, if the revision ``plugins`` has moved."""
        if revision == self._revision:
            return
        off = rows("SELECT name FROM core_plugin WHERE enabled = ?", [False])
        self._disabled = frozenset(name for (name,) in off)
        self._revision = revision

    def is_enabled(self, name: str) -> bool:
        """Whether an installed plugin is switched on; the kernel always is."""
        return name == "core" or (name in self.plugins and name not in self._disabled)

    # --- the three verbs

    def _implementations(self, name: str) -> Iterator[tuple[Plugin, pluggy.HookImpl]]:
        caller = getattr(self._pm.hook, name, None)
        if caller is None:
            return
        by_name = {impl.plugin_name: impl for impl in caller.get_hookimpls()}
        for plugin in self.plugins.values():
            if plugin.name in by_name:
                yield plugin, by_name[plugin.name]

    def collect(
        self, spec: Callable[..., Any], *, everything: bool = False
    ) -> list[tuple[Plugin, Any]]:
        """``(plugin, item)`` of every item the enabled plugins contribute, in a fixed order."""
        name = spec.__name__
        if name not in self._collected:
            gathered: list[tuple[Plugin, Any]] = []
            for plugin, impl in self._implementations(name):
                try:
                    items: list[Any] = list(impl.function())  # type: ignore[call-overload]
                except Exception as error:
                    raise PluginError(f"{plugin.name}: {name} failed: {error}") from error
                gathered.extend((plugin, item) for item in items)
            gathered.sort(key=lambda pair: getattr(pair[1], "order", 0))
            self._collected[name] = gathered
        found = self._collected[name]
        if everything or not self._disabled:
            return found
        return [pair for pair in found if self.is_enabled(pair[0].name)]

    def ask(
        self, spec: Callable[..., Any], arguments: dict[str, Any], failure: Any = None
    ) -> Iterator[tuple[Plugin, Any]]:
        """Answers of the enabled plugins that are not None; a failing one gives ``failure``."""
        for plugin, impl in self._implementations(spec.__name__):
            if not self.is_enabled(plugin.name):
                continue
            try:
                answer = impl.function(**{name: arguments[name] for name in impl.argnames})
            except Exception as error:
                if self.reraise:
                    raise
                log.exception("plugin %s failed in %s", plugin.name, spec.__name__)
                self._note_fault(plugin, error)
                answer = failure
            if answer is not None:
                yield plugin, answer

    def announce(self, spec: Callable[..., Any], arguments: dict[str, Any]) -> None:
        """Tell every enabled plugin; one that fails is rolled back to a savepoint and named."""
        for plugin, impl in self._implementations(spec.__name__):
            if not self.is_enabled(plugin.name):
                continue
            try:
                with db.atomic():
                    impl.function(**{name: arguments[name] for name in impl.argnames})
            except Exception as error:
                if self.reraise:
                    raise
                log.exception("plugin %s failed on %s", plugin.name, spec.__name__)
                self._note_fault(plugin, error)

    def _note_fault(self, plugin: Plugin, error: BaseException) -> None:
        if db.is_closed() or db.transaction_depth() == 0:
            return  # a reading request: the log has it, and GET never writes
        PluginState.update(
            faults=PluginState.faults + 1,
            last_fault=f"{type(error).__name__}: {error}"[:500],
            last_fault_at=clock.stamp(),
        ).where(PluginState.name == plugin.name).execute()


def _discover() -> Iterator[Plugin]:
    for point in sorted(entry_points(group="asurso"), key=lambda found: found.name):
        dist: Distribution | None = getattr(point, "dist", None)
        name = point.name
        package = point.module.split(".", 1)[0]
        dist_name = "" if dist is None else dist.name.lower().replace("_", "-")
        if package != f"asurso_{name}" or dist_name not in {"", f"asurso-{name}"}:
            raise PluginError(
                f"plugin {name!r} must be the package asurso_{name} of the distribution "
                f"asurso-{name}, not {package} of {dist_name}"
            )
        try:
            module = point.load()
        except Exception as error:
            raise PluginError(f"{name}: cannot be loaded: {error}") from error
        yield Plugin(
            name,
            module,
            package,
            tuple(_requirements(dist)),
            "" if dist is None else dist.version,
        )


def _requirements(dist: Distribution | None) -> Iterator[str]:
    for requirement in (dist.requires if dist is not None else None) or ():
        wanted = requirement.split(";")[0].strip()
        head = wanted.split("[")[0]
        for mark in "<>=!~ ":
            head = head.split(mark)[0]
        lowered = head.lower().replace("_", "-")
        if lowered.startswith("asurso-") and lowered != "asurso-core":
            yield lowered.removeprefix("asurso-")


def _ordered(by_name: dict[str, Plugin]) -> list[str]:
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for name in sorted(by_name):
        sorter.add(name, *(["core"] if name != "core" and "core" in by_name else []))
        for needed in by_name[name].requires:
            if needed not in by_name:
                raise PluginError(f"{name} needs the plugin {needed}, which is not loaded")
            sorter.add(name, needed)
    return list(sorter.static_order())


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
