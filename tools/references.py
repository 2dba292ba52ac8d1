"""The references of ``docs/developers``: slots, settings, commands, audit kinds, examples of hooks.

Each is gathered from what the plugins of the tree declare; :mod:`tools.docs` writes the pages.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by `python -m tools.docs` from the source; do not edit. -->"

SLOTS_ABOUT = (
    "Places in pages where plugins put pieces of their own; how: "
    "[files-reports-slots.md](files-reports-slots.md)."
)
SETTINGS_ABOUT = (
    "What the administrator changes on the page of settings. A plugin declares them by "
    "`asurso_settings` and reads one by `settings.get(owner, name)`."
)
KINDS_ABOUT = (
    "What `audit.record` and `audit.read` write. Their words are declared by "
    "`asurso_audit_kinds`; an undeclared kind fails the tests. How the history works: "
    "[audit.md](audit.md)."
)
#: A slot in a template; the names it passes follow.
_SLOT = re.compile(r"""\bslot\(\s*["']([^"']+)["']""")
#: Functions to which the kind of a deed is given.
_RECORDERS = {"record", "record_many", "read", "_record", "noted"}
_KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


def _table(*heads: str) -> list[str]:
    return [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _head in heads)} |"]


def _row(*cells: Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', '/').strip() or '—' for cell in cells)} |"


def _code(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*.py")):
        if not {"migrations", "scaffold"} & set(file.parts):
            yield file


def _tops() -> list[Path]:
    return [ROOT / "asurso_core", *sorted(ROOT.glob("plugins/*/asurso_*"))]


# --- examples of hooks -------------------------------------------------------------------------


def examples() -> dict[str, tuple[str, str]]:
    """``{hook: (test, source)}``: the implementation inside of ``test_hook_<hook>``.

    An example counts only if its test lets it take part (``join``) and asserts something.
    """
    found = {}
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
    for file in sorted(files):
        text = file.read_text("utf-8")
        for test in ast.parse(text).body if "def test_hook_" in text else []:
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_hook_"):
                name = test.name.removeprefix("test_hook_")
                source = _example(test, name, text.splitlines())
                if source:
                    found[name] = f"{file.relative_to(ROOT)}", source
    return found


def _example(test: ast.FunctionDef, hook: str, lines: list[str]) -> str:
    joined = any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "join"
        for node in ast.walk(test)
    )
    if not joined or not any(isinstance(node, ast.Assert) for node in ast.walk(test)):
        return ""
    for node in test.body:
        if isinstance(node, ast.FunctionDef) and node.name == hook and node.decorator_list:
            first = node.decorator_list[0].lineno - 1
            while lines[first - 1].lstrip().startswith("#"):
                first -= 1
            cut = textwrap.dedent("\n".join(lines[first : node.end_lineno]))
            return re.sub(r"  # (fmt: skip|noqa|type: ignore).*", "", cut)
    return ""


# --- slots -------------------------------------------------------------------------------------


def slots_page(manager: Any) -> str:
    """``docs/developers/slots.md``.

    :raises SystemExit: a slot is declared and stands nowhere, stands and is not declared, or a
        fragment wants to go into a slot that nobody has.
    """
    from asurso_core.hookspecs.collect import asurso_fragments, asurso_slots

    places: dict[str, list[str]] = {}
    for top in _tops():
        for file in sorted(top.rglob("*.html")):
            for name in _SLOT.findall(file.read_text("utf-8")):
                places.setdefault(name, []).append(str(file.relative_to(ROOT)))
    slots = {slot.name: slot for _plugin, slot in manager.collect(asurso_slots)}
    guests: dict[str, list[str]] = {}
    for plugin, one in manager.collect(asurso_fragments):
        door = f", for `{one.requires}`" if one.requires else ""
        guests.setdefault(one.slot, []).append(f"`{one.name}` ({plugin.name}{door})")
    wrong = set(slots) ^ set(places) | (set(guests) - set(slots))
    if wrong:
        raise SystemExit(f"slots must be declared and stand in a template: {sorted(wrong)}")
    lines = [
        "# Slots", "", NOTE, "",
        SLOTS_ABOUT, "",
        *_table("slot", "what it is for", "passes", "stands in", "filled by"),
        *(
            _row(
                f"`{name}`", slot.about, ", ".join(f"`{one}`" for one in slot.passes),
                ", ".join(f"`{one}`" for one in places[name]), ", ".join(guests.get(name, [])),
            )
            for name, slot in sorted(slots.items())
        ),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


# --- settings ----------------------------------------------------------------------------------


def settings_page(manager: Any) -> str:
    """``docs/developers/settings.md``.

    :raises SystemExit: a setting has a default and no field in the form of its owner.
    """
    from asurso_core.hookspecs.collect import asurso_settings

    lines = [
        "# Settings of the school", "", NOTE, "",
        SETTINGS_ABOUT,
    ]  # fmt: skip
    for plugin, page in manager.collect(asurso_settings):
        lines += [
            "", f"## Of {plugin.name}: {page.title}", "",
            f"Changed by holders of `{page.requires}`.", "",
            *_table("setting", "type", "default", "label"),
        ]  # fmt: skip
        for name, default in page.defaults.items():
            field = getattr(page.form, name, None)
            if field is not None:
                label = field.kwargs.get("label", field.args[0] if field.args else name)
            elif name in page.elsewhere:
                label = page.elsewhere[name]
            else:
                raise SystemExit(f"{page.name}.{name}: no field of its form bears this name")
            lines.append(_row(f"`{name}`", type(default).__name__, f"`{default!r}`", label))
    return "\n".join(lines) + "\n"


# --- commands ----------------------------------------------------------------------------------


def cli_page(manager: Any) -> str:
    """``docs/developers/cli.md``."""
    from asurso_core.cli import main
    from asurso_core.hookspecs.collect import asurso_cli

    own = [command for _name, command in sorted(main.commands.items())]
    brought = [command for _plugin, command in manager.collect(asurso_cli)]
    lines = [
        "# Commands", "", NOTE, "",
        "What `asurso` can do. Commands of a plugin stand under its name (`asurso_cli`).",
    ]  # fmt: skip
    for command in [*own, *brought]:
        for words, one in _commands(command, "asurso"):
            lines += ["", f"## {words}", "", *_told(words, one)]
    return "\n".join(lines) + "\n"


def _commands(command: click.Command, before: str) -> Iterator[tuple[str, click.Command]]:
    if command.hidden:
        return
    words = f"{before} {command.name}"
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield words, command
    if isinstance(command, click.Group):
        for _name, under in sorted(command.commands.items()):
            yield from _commands(under, words)


def _told(words: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=words)
    pieces = command.collect_usage_pieces(context)
    yield f"    {' '.join([words, *pieces])}"
    yield ""
    yield inspect.cleandoc(command.help or "").replace("\f", "").replace("\b\n", "").strip()
    options = [
        record
        for one in command.params
        if isinstance(one, click.Option) and (record := one.get_help_record(context)) is not None
    ]
    if options:
        yield ""
        yield from _table("option", "what it does")
        yield from (_row(f"`{names}`", text) for names, text in options)


# --- audit kinds -------------------------------------------------------------------------------


def audit_kinds_page(manager: Any, russian: Mapping[tuple[str, str], str]) -> str:
    """``docs/developers/audit-kinds.md``.

    :raises SystemExit: a kind is written and not declared, or declared and written nowhere.
    """
    from asurso_core.hookspecs.collect import asurso_audit_kinds

    kinds = {kind.name: (plugin.name, kind) for plugin, kind in manager.collect(asurso_audit_kinds)}
    written, loose = _written(set(kinds), set(manager.plugins))
    if loose:
        raise SystemExit(f"written and not declared by asurso_audit_kinds: {sorted(loose)}")
    idle = set(kinds) - set(written)
    if idle:
        raise SystemExit(f"audit kinds that nobody writes: {sorted(idle)}")
    lines = [
        "# Kinds of entries in the history", "", NOTE, "",
        KINDS_ABOUT,
    ]  # fmt: skip
    for owner in dict.fromkeys(owner for owner, _kind in kinds.values()):
        lines += ["", f"## Of {owner}", ""]
        lines += _table("kind", "group", "meaning", "as people read it", "written in")
        for name, (whose, kind) in sorted(kinds.items()):
            if whose == owner:
                meaning = str(kind.title)
                places = ", ".join(f"`{place}`" for place in written[name])
                lines.append(_row(f"`{name}`", kind.group, meaning,
                                  russian.get((owner, meaning), ""), places))  # fmt: skip
    return "\n".join(lines) + "\n"


def _written(declared: set[str], owners: set[str]) -> tuple[dict[str, list[str]], set[str]]:
    """Where the source speaks of each kind, and kinds given to a recorder that none declares."""
    places: dict[str, list[str]] = {}
    loose = set()
    for top in _tops():
        for file in _code(top):
            tree = ast.parse(file.read_text("utf-8"))
            words = [] if file.stem.endswith("kinds") else list(_texts(tree))
            for name in sorted(declared & set(words)):
                places.setdefault(name, []).append(str(file.relative_to(top.parent)))
            given = {kind for kind in _given(tree) if kind.split(".")[0] in owners}
            loose |= given - declared
    return places, loose


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _given(tree: ast.AST) -> Iterator[str]:
    """Kinds that stand in calls of a recorder."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for text in node.args if name in _RECORDERS else ():
                yield from (one for one in _texts(text) if _KIND.fullmatch(one))
