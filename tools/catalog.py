"""Catalogues of the tree; the work is done by :mod:`asurso_core.catalog`.

python -m tools.catalog extract [OWNER]      bring the .po files up to date with the source
python -m tools.catalog missing [OWNER]      what is not translated yet, as a JSON list
python -m tools.catalog fill OWNER FILE      put translations from a JSON object into a .po
python -m tools.catalog compile [--force]    .po → .mo
python -m tools.catalog check                everything that must not be merged
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from asurso_core.catalog import (
    Owner,
    check,
    compile_all,
    extract,
    fill,
    forms,
    key,
    merged,
    missing,
    problems,
    stored,
    texts,
)

__all__ = [
    "Owner",
    "check",
    "compile_all",
    "extract",
    "fill",
    "forms",
    "key",
    "merged",
    "missing",
    "owners",
    "problems",
    "stored",
    "texts",
]

ROOT = Path(__file__).resolve().parent.parent


def owners(root: Path = ROOT) -> dict[str, Owner]:
    """Every owner of the tree by name, the kernel first."""
    found = {"core": Owner("core", root / "asurso_core")}
    for folder in sorted((root / "plugins").glob("*/pyproject.toml")):
        name = folder.parent.name
        found[name] = Owner(name, folder.parent / f"asurso_{name}")
    return found


def main(words: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    everybody = owners()
    parser = argparse.ArgumentParser(
        prog="python -m tools.catalog", description=__doc__.split("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("extract", "missing"):
        commands.add_parser(name).add_argument("owner", nargs="?", choices=everybody)
    filling = commands.add_parser("fill")
    filling.add_argument("owner", choices=everybody)
    filling.add_argument("file", type=Path, help="a JSON object; - reads standard input")
    commands.add_parser("compile").add_argument("--force", action="store_true")
    commands.add_parser("check")
    args = parser.parse_args(words)

    if args.command == "compile":
        return compile_all(everybody.values(), force=args.force)
    if args.command == "check":
        return check(everybody)
    if args.command == "fill":
        text = sys.stdin.read() if str(args.file) == "-" else args.file.read_text("utf-8")
        return fill(everybody[args.owner], json.loads(text))
    chosen = [everybody[args.owner]] if args.owner else list(everybody.values())
    return extract(chosen) if args.command == "extract" else missing(chosen)


if __name__ == "__main__":
    sys.exit(main())
