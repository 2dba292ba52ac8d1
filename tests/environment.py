"""Throw-away environments: the packages of this one, and of asurso only what is wanted.

Packages are linked, not copied, and nothing comes from the network: making one takes about a
second.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

#: The kernel, and the name of a plugin, in the file names of an installed distribution.
_OURS = re.compile(r"(?:__editable__[._]*)?asurso_([a-z_]+?)[-_]\d")


class Environment:
    """A Python with the kernel and the named plugins of the tree installed."""

    def __init__(self, folder: Path, plugins: set[str]) -> None:
        """Make it; ``plugins`` come with nothing that they stand on."""
        self.folder = folder
        venv.create(folder, with_pip=False, symlinks=True)
        here = Path(sysconfig.get_path("purelib"))
        self.packages = folder / here.relative_to(sys.prefix)
        for entry in here.iterdir():
            ours = _OURS.match(entry.name)
            if ours is None or ours[1] in plugins | {"core"}:
                (self.packages / entry.name).symlink_to(entry)

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """``run("-m", "pytest", …)``: Python of the environment, on SQLite, in ``cwd``."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        around = {
            **kept,
            "ASURSO_TEST_DB": "sqlite",
            "ASURSO_INSTANCE": str(self.folder / "instance"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [str(self.folder / "bin" / "python"), *words],
            cwd=cwd or self.folder, env=around, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def asurso(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """``asurso("plugin", "check", "notes")``."""
        return self.run("-c", "from asurso_core.cli import main; main()", *words, cwd=cwd)

    def install(self, distribution: Path) -> subprocess.CompletedProcess[str]:
        """Install a distribution from its folder, editable, with what is here already."""
        return self.run(
            "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index",
            "--no-deps", "--no-build-isolation", "-e", str(distribution),
        )  # fmt: skip

    def link(self, distribution: Path, name: str) -> None:
        """As :meth:`install`, without pip: quicker by seconds, for what is tested elsewhere."""
        told = self.packages / f"asurso_{name}-0.1.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Name: asurso-{name}\nVersion: 0.1.0\n", "utf-8")
        (told / "entry_points.txt").write_text(
            f"[asurso]\n{name} = asurso_{name}.plugin\n", "utf-8"
        )
        (self.packages / f"{name}.pth").write_text(f"{distribution}\n", "utf-8")
