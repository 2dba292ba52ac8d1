"""Papers: a plugin's typst template and plain data become a PDF.

Nothing of the data is ever put into the text of a template. It travels as a JSON file beside it,
so that a name such as ``#image("/etc/passwd")`` is printed and not obeyed. Everything that a
template may read is handed over here by name: it sees no folder of this machine and no network,
and only the fonts that come inside typst, so that a paper looks the same everywhere.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from asurso_core import plugins

_NAME = re.compile(r"[a-z0-9_-]+\.(jpg|png|svg)")


def pdf(
    owner: str,
    template: str,
    data: Any,
    *,
    pictures: Mapping[str, bytes] | None = None,
    tagged: bool = True,
    archival: bool = False,
) -> bytes:
    """The PDF of a template in the folder ``typst`` of an owner's package.

    The template reads ``json("data.json")`` and shows ``pictures`` by their names. ``tagged`` makes
    the paper readable aloud; wide tables go without, they grow twentyfold by it. ``archival``
    makes it PDF/A-2b: everything that is needed to show it in fifty years lies inside.

    :raises RuntimeError: the template is broken (``typst.TypstError``).
    """
    package = plugins.current().plugins[owner].package
    source = Path(plugins.folder_of(package)) / "typst" / template
    names = sorted(pictures or {})
    if any(not _NAME.fullmatch(name) for name in names):
        raise ValueError(f"no names for pictures: {names}")
    with tempfile.TemporaryDirectory(prefix="asurso-paper-") as name:
        # The folder of this one paper is all that the template can reach.
        desk = Path(name)
        shutil.copyfile(source, desk / "main.typ")
        (desk / "data.json").write_text(json.dumps(data, ensure_ascii=False, default=str), "utf-8")
        for picture, body in (pictures or {}).items():
            (desk / picture).write_bytes(body)
        return typst.compile(
            str(desk / "main.typ"),
            root=str(desk),
            format="pdf",
            ignore_system_fonts=True,
            pdf_tags=tagged,
            pdf_standards=["a-2b"] if archival else [],
        )
