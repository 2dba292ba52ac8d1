"""What stands behind the Makefile: one virtual environment, made once, and the few deeds in it.

Only the standard library is used, because this runs before anything is installed. Packages come
from the lock files with their hashes; a stamp in ``.venv`` remembers what was installed, so that
the next run starts at once and needs no network.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "asurso-stamp.json"
LOCKS = {"run": ROOT / "requirements/run.txt", "dev": ROOT / "requirements/dev.txt"}
OLDEST = (3, 11)


def plugin_folders() -> list[Path]:
    """The folders of ``plugins/`` that can be installed."""
    return sorted(file.parent for file in (ROOT / "plugins").glob("*/pyproject.toml"))


# --- the environment ---------------------------------------------------------------------------


def ensure(profile: str) -> None:
    """Make ``.venv`` hold what a profile (``run`` or ``dev``) needs, if it does not already."""
    _check_interpreter()
    with _alone():
        # Decided under the lock: another `make` may just have done the work.
        if _stamped(profile):
            return
        started = time.monotonic()
        print("Installing what asurso needs into .venv (once, about a minute)…", flush=True)
        _make_venv()
        # The lock names everything: without a resolver a release made tomorrow changes nothing
        # (pip looks for the newest `coverage[toml]` although the lock pins `coverage`).
        _pip("--quiet", "--no-deps", "--require-hashes", "--requirement", str(LOCKS[profile]))
        _install_tree()
        _write_stamp(profile)
        print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def _check_interpreter() -> None:
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        sys.exit(
            f"asurso needs Python {wanted} or newer, this is {sys.version.split()[0]}.\n"
            f"Name another one: make PYTHON=python{wanted} demo"
        )


def _make_venv() -> None:
    if PYTHON.exists() and not _call([str(PYTHON), "-m", "pip", "--version"], quiet=True):
        return
    # A venv whose interpreter has gone (a moved folder, a newer Python) cannot be mended.
    if VENV.exists():
        print("The environment in .venv does not work any more and is made anew.", flush=True)
        shutil.rmtree(VENV)
    if _call([sys.executable, "-m", "venv", str(VENV)]):
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "Python could not make a virtual environment. On Debian and Ubuntu its part for that "
            "is a package of its own: apt install python3-venv"
        )


def _install_tree() -> None:
    """Install the kernel and every plugin from the tree, editable; needs no network."""
    editable = [word for place in (ROOT, *plugin_folders()) for word in ("--editable", str(place))]
    # A newer pip passes on warnings of the build that only explain what "editable" means.
    calm = {"PYTHONWARNINGS": "ignore"}
    _pip("--quiet", "--no-index", "--no-deps", "--no-build-isolation", *editable, extra=calm)
    # The build compiles translations only where GNU msgfmt is present; this does it everywhere.
    if _call([str(PYTHON), "-m", "tools.catalog", "compile"]):
        sys.exit("The translations could not be compiled; what went wrong stands above.")


def _pip(*words: str, extra: dict[str, str] | None = None) -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    if _call([*pip, *words], extra=extra):
        sys.exit("The installation failed; what went wrong stands above.")


def _fingerprint(profile: str) -> str:
    """A hash of all that decides what stands in the environment."""
    files = [LOCKS["run"], ROOT / "setup.cfg", ROOT / "pyproject.toml", Path(__file__)]
    files += [folder / "pyproject.toml" for folder in plugin_folders()]
    if profile == "dev":
        files.append(LOCKS["dev"])
    # Editable installs name the folder they were made in: a moved tree is installed again.
    digest = hashlib.sha256(f"{ROOT}\0{sys.version_info[:2]}\0".encode())
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _stamped(profile: str) -> bool:
    try:
        stamps = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return PYTHON.exists() and stamps.get(profile) == _fingerprint(profile)


def _write_stamp(profile: str) -> None:
    # The developers' set holds all that a running school needs.
    profiles = ("run", "dev") if profile == "dev" else ("run",)
    STAMP.write_text(json.dumps({name: _fingerprint(name) for name in profiles}), "utf-8")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep two runs in one tree from installing into the same environment at once."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock.
        yield
        return
    folder = os.open(ROOT / "tools", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


# --- running -----------------------------------------------------------------------------------


def _call(words: list[str], *, quiet: bool = False, extra: dict[str, str] | None = None) -> int:
    """Run a program in the root of the repository and return its exit code."""
    sink = subprocess.DEVNULL if quiet else None
    around = {**os.environ, **(extra or {})}
    ran = subprocess.run(words, cwd=ROOT, check=False, stdout=sink, stderr=sink, env=around)
    return ran.returncode


def _program(name: str) -> str:
    return str(BIN / name)


def _become(*words: str) -> None:
    """Turn into a program of the environment, so that signals reach it and not a parent."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name == "nt":
        sys.exit(_call(list(words)))
    os.execv(words[0], words)  # noqa: S606 - a list of our own words, no shell


def _extra() -> list[str]:
    """What the caller wants passed on: ``make test ARGS="-k diary"``."""
    import shlex

    return shlex.split(os.environ.get("ARGS", ""))


# --- the deeds ---------------------------------------------------------------------------------


def setup() -> None:
    """Install everything a developer needs."""
    ensure("dev")
    print(f"Ready: {BIN.relative_to(ROOT)} holds asurso, pytest, ruff, mypy and lint-imports.")


def demo() -> None:
    """Make a demonstration school if there is none, then serve it."""
    ensure("run")
    asurso = _program("asurso")
    size, seed = os.environ.get("SIZE") or "school", os.environ.get("SEED") or "1"
    code = _call([asurso, "demo", "--size", size, "--seed", seed, "--if-missing"])
    if code:
        sys.exit(code)
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    _become(asurso, "serve", "--host", host, "--port", port, *_extra())


def phones() -> None:
    """Telephones for the demonstration: a real Kannel with an invented network."""
    ensure("run")
    _become(str(PYTHON), "-m", "tools.phones", *_extra())


def test() -> None:
    """Run the whole suite in two processes."""
    ensure("dev")
    _become(str(PYTHON), "-m", "pytest", "-n", os.environ.get("JOBS") or "2", *_extra())


def check() -> None:
    """Run every check that needs no running school; all of them, then fail if one did."""
    ensure("dev")
    steps = {
        "ruff check": [_program("ruff"), "check"],
        "ruff format": [_program("ruff"), "format", "--check"],
        "mypy": [_program("mypy")],
        "import contracts": [_program("lint-imports")],
        "translations": [str(PYTHON), "-m", "tools.catalog", "check"],
    }
    failed = []
    for name, words in steps.items():
        print(f"--- {name}", flush=True)
        if _call(words):
            failed.append(name)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")
    print("All checks passed.")


def bench() -> None:
    """Measure the running pages against a page that says hello."""
    ensure("dev")
    _become(str(PYTHON), "bench/run.py", *_extra())


def docs() -> None:
    """Write the generated pages of docs/ anew."""
    ensure("dev")
    _become(str(PYTHON), "-m", "tools.docs", *_extra())


def lock() -> None:
    """Write the lock files anew; the one deed that looks for newer packages. Needs uv."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(BIN))
    if uv is None:
        sys.exit("uv is needed to resolve for all systems at once: pip install uv")
    for name, target in LOCKS.items():
        words = [uv, "pip", "compile", f"requirements/{name}.in", "--quiet"]
        words += ["--output-file", str(target.relative_to(ROOT))]
        words += ["--universal", "--python-version", ".".join(map(str, OLDEST))]
        # Nothing about this machine or its mirror may get into the files.
        words += ["--generate-hashes", "--no-header", "--no-emit-index-url"]
        words += ["--no-emit-find-links", "--annotation-style=line"]
        code = _call([*words, *_extra()])
        if code:
            sys.exit(code)


def clean() -> None:
    """Remove the environment and what tools left behind; the school in instance/ stays."""
    for name in (".venv", "build", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"):
        shutil.rmtree(ROOT / name, ignore_errors=True)


DEEDS: dict[str, Callable[[], None]] = {
    deed.__name__: deed for deed in (setup, demo, phones, test, check, bench, docs, lock, clean)
}


def main() -> None:
    """Do the deed named on the command line."""
    parser = argparse.ArgumentParser(prog="python tools/dev.py", description=__doc__)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="deed")
    for name, deed in DEEDS.items():
        deeds.add_parser(name, help=(deed.__doc__ or "").splitlines()[0])
    DEEDS[parser.parse_args().deed]()


if __name__ == "__main__":
    main()
