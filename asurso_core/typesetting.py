"""Papers: a plugin's typst template and plain data become a PDF.

Nothing of the data is ever put into the text of a template. It travels as a JSON file beside it,
so that a name such as ``#image("/etc/passwd")`` is printed and not obeyed. Everything that a
template may read is handed over here by name: it sees no folder of this machine and no network,
and only the fonts that come inside typst, so that a paper looks the same everywhere. Templates of
one owner share what stands beside them: ``#import "common.typ": *``.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

from asurso_core import plugins

_NAME = re.compile(r"[a-z0-9_-]+\.(jpg|png|svg)")
#: The part of PDF/A that papers for the archive keep to (ISO 19005-2, level B): fonts inside, no
#: outward links, colours told, a declaration in the metadata. Typst refuses what breaks it.
ARCHIVE: Literal["a-2b"] = "a-2b"
#: Stands for a sign of which no font has a picture: an archive must not hold unreadable ones.
MISSING = "\N{WHITE SQUARE}"
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
#: Signs outside the alphabets of our fonts; so many rounds find those that are left.
_FOREIGN = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\U00010000-\U0010ffff]")
_ROUNDS = 40
#: Control signs as JSON writes them; a backslash before it would make it a text of somebody.
_CONTROL = re.compile(r"(?<!\\)((?:\\\\)*)\\u00(?:0[0-8bef]|1[0-9a-f]|7f)")


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
    the paper readable aloud; wide tables go without, they grow twentyfold by it. ``archival`` makes
    it PDF/A (:data:`ARCHIVE`); signs that no font has are printed as an empty square there.

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
        for shared in source.parent.glob("*.typ"):
            if shared.name not in {"main.typ", template}:
                shutil.copyfile(shared, desk / shared.name)
        for picture, body in (pictures or {}).items():
            (desk / picture).write_bytes(body)
        text = json.dumps(data, ensure_ascii=False, default=str)
        if archival:
            text = _CONTROL.sub(rf"\1{MISSING}", text)
        for _round in range(_ROUNDS):
            (desk / "data.json").write_text(text, "utf-8")
            try:
                return typst.compile(
                    str(desk / "main.typ"),
                    root=str(desk),
                    format="pdf",
                    ignore_system_fonts=True,
                    pdf_tags=tagged,
                    pdf_standards=ARCHIVE if archival else None,
                )
            except typst.TypstError as error:
                unshown = _UNSHOWN.search(str(error)) if archival else None
                if unshown is None:
                    raise
                text = _without(text, unshown[1])
        raise RuntimeError("the paper holds too many signs that no font has")


def _without(text: str, unshown: str) -> str:
    """The data without signs that no font has; what the fonts surely have not goes at once."""
    text = _FOREIGN.sub(MISSING, text)
    told = re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), unshown)
    for sign in set(told):
        if not sign.isascii():
            text = text.replace(sign, MISSING)
    return text
