"""The generated parts of docs/: references, modules of the map, names on the screen.

    python -m tools.docs           write them anew
    python -m tools.docs check     fail when one of them is not what it would be written as

Nothing but the source is needed: the plugins of the tree are loaded and asked what they
contribute, no database is opened. The same tree always gives the same pages.

Pages for schools name buttons and menu items as ``**«Войти»**<!-- Sign in -->``. The words between
the quotes are taken from the catalogues: a guide never speaks of a button that has been renamed.
Where two owners translate a text differently the comment says whose it is: ``<!-- diary: Day -->``.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tools import references
from tools.references import NOTE

ROOT = Path(__file__).resolve().parent.parent
DEVELOPERS = ROOT / "docs" / "developers"
SCHOOLS = ROOT / "docs" / "schools"
BEGIN = "<!-- modules: written by `python -m tools.docs`, do not edit below -->"
END = "<!-- modules end -->"

HOOKS_ABOUT = (
    "Every place where a plugin can take part. How hooks are called, ordered and isolated: "
    "[plugins.md](plugins.md). Examples are cut from the tests that run them. Where nobody in the "
    "tree needs a hook yet, only its example answers it."
)
PERMISSIONS_ABOUT = (
    "A role holds a permission over one or more scopes; the rule behind it is told in "
    "[access.md](access.md). What stands here is what a new school begins with: the grants are "
    "rows of the school's database. *Edits* are refused on anything of a closed year, whoever asks."
)

#: A line that says since when a hook exists; Sphinx's words, as the specs write them.
_VERSION = re.compile(r"^\s*\.\. versionadded:: (\S+)\s*$", re.MULTILINE)
#: The name of something on the screen, and the msgid it is the translation of.
_NAME = re.compile(r"\*\*«([^»]*)»\*\*<!-- (?:([a-z_]+): )?([^>]+?) -->")
#: Kinds of hooks, in the order of the page, with what is always true of each.
KINDS = {
    "collect": "asked once while the application is assembled; every one returns a list",
    "ask": "asked while a request needs an answer; only plugins that are switched on",
    "announce": "told inside the transaction of the deed; a listener that fails is undone alone",
}


def tree_plugins() -> list[str]:
    """Names of the plugins that lie in this tree."""
    return sorted(file.parent.name for file in (ROOT / "plugins").glob("*/pyproject.toml"))


def loaded() -> Any:
    """A plugin manager with the kernel and the plugins of this tree, and nothing bound to it."""
    from asurso_core.plugins import PluginManager

    manager = PluginManager()
    manager.load(only=tree_plugins())
    return manager


# --- hooks -------------------------------------------------------------------------------------


def kind_of(spec: Callable[..., Any], module: str) -> str:
    """``collect``, ``ask`` or ``announce``.

    The kernel's hooks say it by their module. A plugin's hook says it in the first word of its
    description; else one that returns nothing announces and any other asks.
    """
    if module.startswith("asurso_core.hookspecs."):
        return module.rsplit(".", 1)[1]
    first = (inspect.getdoc(spec) or "").split(":", 1)[0].strip().lower()
    if first in KINDS:
        return first
    return "announce" if spec.__annotations__.get("return") in {"None", None} else "ask"


def hooks(manager: Any) -> Iterator[tuple[str, str, Callable[..., Any], list[str]]]:
    """``(owner, kind, spec, implementers)`` of every hook, in the order of the source."""
    sources = [("core", f"asurso_core.hookspecs.{kind}") for kind in KINDS]
    sources += [
        (name, f"{plugin.package}.hookspecs")
        for name, plugin in manager.plugins.items()
        if name != "core" and (folder_of(plugin.package) / "hookspecs.py").exists()
    ]
    for owner, name in sources:
        module = importlib.import_module(name)
        for spec in specs_of(module):
            users = [
                plugin.name
                for plugin in manager.plugins.values()
                if hasattr(plugin.module, spec.__name__)
            ]
            yield owner, kind_of(spec, name), spec, users


def folder_of(package: str) -> Path:
    """Where a package of this tree lies."""
    if package == "asurso_core":
        return ROOT / package
    return ROOT / "plugins" / package.removeprefix("asurso_") / package


def specs_of(module: ModuleType) -> list[Callable[..., Any]]:
    """The hook specifications that a module defines, in its order."""
    found = [
        value
        for value in vars(module).values()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and hasattr(value, "asurso_spec")
    ]
    return sorted(found, key=lambda spec: spec.__code__.co_firstlineno)


def signature(spec: Callable[..., Any]) -> str:
    """The definition line as the source has it, broken when it is long."""
    names = inspect.signature(spec).parameters
    notes = spec.__annotations__
    parts = [f"{name}: {notes[name]}" if name in notes else name for name in names]
    back = notes.get("return", "None")
    line = f"{spec.__name__}({', '.join(parts)}) -> {back}"
    if len(line) <= 92:
        return line
    return f"{spec.__name__}(\n" + "".join(f"    {part},\n" for part in parts) + f") -> {back}"


def hooks_page(manager: Any) -> str:
    """``docs/developers/hooks.md``."""
    found = list(hooks(manager))
    examples = references.examples()
    lines = [
        "# Hooks", "", NOTE, "",
        HOOKS_ABOUT, "",
        "| kind | what it means |", "| --- | --- |",
        *(f"| *{kind}* | {meaning} |" for kind, meaning in KINDS.items()), "",
        "| hook | kind | published by | implemented in the tree by |", "| --- | --- | --- | --- |",
        *(
            f"| [`{spec.__name__}`](#{spec.__name__}) | {kind} | {owner} | {listed(users)} |"
            for owner, kind, spec, users in found
        ),
    ]  # fmt: skip
    owner_before = ""
    for owner, kind, spec, users in found:
        if owner != owner_before:
            lines += ["", f"## Published by {owner}"]
            owner_before = owner
        text = inspect.getdoc(spec) or ""
        version = _VERSION.search(text)
        lines += ["", f"### {spec.__name__}", "", "```python", signature(spec), "```", ""]
        lines += [plain(_VERSION.sub("", text).strip()), ""]
        since = f" · since {version[1]}" if version else ""
        lines += [f"*{kind}*{since} · implemented by: {listed(users)}"]
        lines += leaving(spec)
        if spec.__name__ in examples:
            place, source = examples[spec.__name__]
            lines += ["", f"From `{place}`:", "", "```python", source, "```"]
    return "\n".join(lines) + "\n"


def leaving(spec: Callable[..., Any]) -> list[str]:
    """Paragraphs about what of a hook is going to be removed."""
    told = spec.asurso_spec  # type: ignore[attr-defined]
    whole = [("This hook", told["warn_on_impl"])] if told["warn_on_impl"] else []
    parts = [(f"`{name}`", why) for name, why in (told["warn_on_impl_args"] or {}).items()]
    return [part for name, why in [*whole, *parts]
            for part in ("", f"**{name} will be removed**: {why}")]  # fmt: skip


def listed(names: Iterable[str]) -> str:
    """Names for a table; a dash when there are none."""
    return ", ".join(names) or "—"


def plain(text: str) -> str:
    """A docstring as Markdown: references and double quotes of code become plain code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


# --- permissions -------------------------------------------------------------------------------


def permissions_page(manager: Any) -> str:
    """``docs/developers/permissions.md``."""
    from asurso_core.hookspecs.collect import asurso_permissions, asurso_roles, asurso_scopes

    def items(spec: Callable[..., Any]) -> list[tuple[str, Any]]:
        return [(plugin.name, item) for plugin, item in manager.collect(spec)]

    lines = [
        "# Permissions", "", NOTE, "",
        PERMISSIONS_ABOUT, "",
        "## Scopes", "", "| scope | over what | hangs on |", "| --- | --- | --- |",
        *(
            f"| `{scope.name}` | {scope.label} | {scope.anchor or 'everything'} |"
            for _owner, scope in items(asurso_scopes)
        ),
        "", "## Roles", "", "| role | name | side | idle minutes |", "| --- | --- | --- | --- |",
        *(
            f"| `{role.name}` | {role.label} | {role.side} | {role.idle_minutes} |"
            for _owner, role in items(asurso_roles)
        ),
    ]  # fmt: skip
    owner_before = ""
    for owner, permission in items(asurso_permissions):
        if owner != owner_before:
            lines += [
                "", f"## Of {owner}", "",
                "| permission | what it allows | can be granted over | granted at first | edits |",
                "| --- | --- | --- | --- | --- |",
            ]  # fmt: skip
            owner_before = owner
        scopes = ", ".join(f"`{name}`" for name in permission.scopes)
        lines.append(
            f"| `{permission.name}` | {permission.label} | {scopes} "
            f"| {grants(permission.default)} | {'yes' if permission.edits else ''} |"
        )
    return "\n".join(lines) + "\n"


def grants(default: Mapping[str, str | tuple[str, ...]]) -> str:
    """Default grants for a table: roles with equal scopes together, in the order of declaration."""
    gathered: dict[tuple[str, ...], list[str]] = {}
    for role, scopes in default.items():
        key = (scopes,) if isinstance(scopes, str) else tuple(scopes)
        gathered.setdefault(key, []).append(role)
    return "; ".join(f"{' + '.join(key)}: {', '.join(who)}" for key, who in gathered.items()) or "—"


# --- the map -----------------------------------------------------------------------------------


def modules() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """``(package folder, [(file, first line of its docstring)])`` of kernel and plugins.

    Folders without Python (templates, data) are left to the hand-written part of the map.
    """
    for package in ["asurso_core", *(f"asurso_{name}" for name in tree_plugins())]:
        top = folder_of(package)
        # Scaffolds are text with gaps, migrations a history that nobody reads from the top.
        for folder in [top, *sorted(path for path in top.rglob("*") if path.is_dir())]:
            inside = folder.relative_to(top).parts
            if {"migrations", "scaffold", "__pycache__"} & set(inside):
                continue
            files = sorted(folder.glob("*.py"))
            if not files:
                continue
            told = [(file.name, headline(file)) for file in files]
            yield str(folder.relative_to(ROOT)), [pair for pair in told if worth_telling(*pair)]


def worth_telling(name: str, line: str) -> bool:
    """Whether a file deserves a line: every one but an ``__init__`` that says nothing."""
    return bool(line) or name != "__init__.py"


def headline(file: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return plain(" ".join(text.split("\n\n", 1)[0].split()))


def map_block() -> str:
    """The generated end of ``docs/developers/map.md``."""
    lines = [BEGIN]
    for folder, told in modules():
        lines += ["", f"### {folder}/", "", "| module | what it is |", "| --- | --- |"]
        lines += [f"| `{name}` | {line.replace('|', '/')} |" for name, line in told]
    return "\n".join([*lines, "", END]) + "\n"


def map_page() -> str:
    """``docs/developers/map.md`` with its generated end written anew."""
    written = (DEVELOPERS / "map.md").read_text("utf-8")
    head, mark, _old = written.partition(BEGIN)
    if not mark:
        raise SystemExit("docs/developers/map.md has lost the line that begins its modules")
    return head + map_block()


# --- names on the screen -----------------------------------------------------------------------


def words() -> dict[tuple[str, str], str]:
    """``(owner, msgid)`` → Russian, of every catalogue in the tree; untranslated ones are empty."""
    from babel.messages.pofile import read_po

    found = {}
    for owner, package in [("core", "asurso_core"), *((n, f"asurso_{n}") for n in tree_plugins())]:
        file = folder_of(package) / "translations/ru/LC_MESSAGES" / f"{owner}.po"
        if not file.exists():
            continue
        with file.open("rb") as lines:
            for message in read_po(lines, locale="ru"):
                if isinstance(message.id, str) and message.id:
                    found[owner, message.id] = str(message.string or "")
    return found


def named(page: Path, known: Mapping[tuple[str, str], str]) -> str:
    """A page for schools with the names of the screen as they are now.

    A name whose owner has no catalogue at all stays as it is written.

    :raises SystemExit: the page names a text that no catalogue has, or two translate differently.
    """
    owners = {owner for owner, _msgid in known}

    def name(match: re.Match[str]) -> str:
        written, owner, msgid = match.groups()
        found = {text for (who, text_id), text in known.items()
                 if text_id == msgid and owner in {None, who}}  # fmt: skip
        if owner is not None and owner not in owners:
            return match.group()
        if not found:
            raise SystemExit(f"{page.relative_to(ROOT)}: no catalogue has {msgid!r}")
        found.discard("")
        if len(found) > 1:
            raise SystemExit(f"{page.relative_to(ROOT)}: say whose {msgid!r} is: {sorted(found)}")
        mark = f"{owner}: {msgid}" if owner else msgid
        return f"**«{(found or {written}).pop()}»**<!-- {mark} -->"

    return _NAME.sub(name, page.read_text("utf-8"))


# --- the deeds ---------------------------------------------------------------------------------


def pages() -> dict[Path, str]:
    """Every generated page with the text it should have."""
    manager = loaded()
    known = words()
    return {
        DEVELOPERS / "hooks.md": hooks_page(manager),
        DEVELOPERS / "permissions.md": permissions_page(manager),
        DEVELOPERS / "slots.md": references.slots_page(manager),
        DEVELOPERS / "settings.md": references.settings_page(manager),
        DEVELOPERS / "cli.md": references.cli_page(manager),
        DEVELOPERS / "audit-kinds.md": references.audit_kinds_page(manager, known),
        DEVELOPERS / "map.md": map_page(),
        **{page: named(page, known) for page in sorted(SCHOOLS.glob("*.md"))},
    }


def stale() -> list[str]:
    """Generated pages that are missing or not up to date."""
    return [
        str(file.relative_to(ROOT))
        for file, text in pages().items()
        if not file.exists() or file.read_text("utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.docs",
        description=textwrap.dedent(__doc__ or ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("deed", nargs="?", choices=["write", "check"], default="write")
    if parser.parse_args(arguments).deed == "check":
        old = stale()
        for name in old:
            print(f"{name} is not up to date: run `make docs`")
        return 1 if old else 0
    for file, text in pages().items():
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            print(f"written: {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
