"""Translation catalogues: one gettext domain per owner, the kernel (``core``) or a plugin.

Files are written so that two people's work meets without noise: sorted, one line per text, no
line numbers, no dates. Texts of JavaScript are handed to the page by templates, so only ``.py``
files and templates are read.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as babel_extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract as jinja_extract

LOCALE = "ru"
FORMS = 3

#: What a call's arguments are: 1 is the text, 2 its plural, ``(n, "c")`` the context.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "lazy_gettext": None,
    "_l": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}

#: Written by hand and not by Babel, whose header carries dates that change with every run.
HEADER = r"""msgid ""
msgstr ""
"Language: ru\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

"""  # noqa: E501 - a header line cannot be wrapped

#: Separates a context from its text in the keys of JSON files, as gettext itself does.
CONTEXT_END = "\4"


@dataclass(frozen=True)
class Owner:
    """Somebody with texts of his own: the kernel or a plugin."""

    name: str
    package: Path

    @property
    def po(self) -> Path:
        """The catalogue in the tree."""
        return self.package / "translations" / LOCALE / "LC_MESSAGES" / f"{self.name}.po"

    @property
    def mo(self) -> Path:
        """The compiled catalogue, which git does not know."""
        return self.po.with_suffix(".mo")


# --- reading and writing -----------------------------------------------------------------------


def extracted(owner: Owner) -> Catalog:
    """A catalogue of the texts in the source, without translations."""
    catalog = Catalog(locale=LOCALE, domain=owner.name)
    for file in sorted(owner.package.rglob("*.py")):
        if "scaffold" not in file.relative_to(owner.package).parts:
            _extract_file(catalog, "python", file)
    for pattern in ("*.html", "*.txt", "*.xml"):
        for file in sorted((owner.package / "templates").rglob(pattern)):
            _extract_file(catalog, jinja_extract, file)
    return catalog


#: How templates are read: as the application's own environment reads them (asurso_core/app.py),
#: or a text between ``{% trans %}`` and ``{% endtrans %}`` would differ by its line ends.
OPTIONS = {
    "encoding": "utf-8",
    "silent": "false",
    "extensions": "jinja2.ext.do",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
}


def _extract_file(catalog: Catalog, method: object, file: Path) -> None:
    with file.open("rb") as source:
        try:
            found = list(
                babel_extract(method, source, KEYWORDS, comment_tags=["i18n:"], options=OPTIONS)  # type: ignore[arg-type]
            )
        except Exception as error:
            error.add_note(f"while reading the texts of {file}")
            raise
    for _line, text, comments, context in found:
        catalog.add(text, auto_comments=comments, context=context)


def stored(owner: Owner) -> Catalog:
    """The catalogue in the tree; an empty one if there is none yet."""
    if not owner.po.exists():
        return Catalog(locale=LOCALE, domain=owner.name)
    with owner.po.open("rb") as file:
        return read_po(file, locale=LOCALE, domain=owner.name, abort_invalid=True)


def merged(owner: Owner) -> Catalog:
    """The texts of the source with the translations of the tree; what is obsolete is dropped."""
    fresh, old = extracted(owner), stored(owner)
    for message in texts(fresh):
        known = old.get(singular(message), message.context)
        if known is None:
            continue
        message.user_comments = known.user_comments
        if known.pluralizable == message.pluralizable:
            message.string = known.string
            if known.fuzzy:
                message.flags.add("fuzzy")
    return fresh


def texts(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalog if message.id)


def singular(message: Message) -> str:
    """The msgid; of a plural text its first form."""
    return message.id if isinstance(message.id, str) else message.id[0]


def key(message: Message) -> str:
    """How JSON files name a message: its msgid, with the context before it where it has one."""
    text = singular(message)
    return f"{message.context}{CONTEXT_END}{text}" if message.context else text


def forms(message: Message) -> tuple[str, ...]:
    """The translations of a message: one, or one per plural form; empty where missing."""
    string = message.string
    if not string:
        return ("",) * (FORMS if message.pluralizable else 1)
    return (string,) if isinstance(string, str) else tuple(string)


def rendered(catalog: Catalog) -> str:
    """The text of a .po file."""
    out = io.BytesIO()
    write_po(
        out, catalog, width=0, no_location=True, omit_header=True, sort_output=True,
        ignore_obsolete=True,
    )  # fmt: skip
    return HEADER + out.getvalue().decode("utf-8").strip() + "\n"


def save(owner: Owner, catalog: Catalog) -> bool:
    """Write the catalogue if it differs from the file; says whether it did."""
    has_texts = any(texts(catalog))
    if not has_texts and not owner.po.exists():
        return False
    text = rendered(catalog)
    if owner.po.exists() and owner.po.read_text("utf-8") == text:
        return False
    _replace(owner.po, text.encode("utf-8"))
    return True


def _replace(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp made it for its owner only
        os.replace(name, target)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


@contextlib.contextmanager
def locked(owner: Owner) -> Iterator[None]:
    """Keep a catalogue to oneself while it is read, changed and written back."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock.
        yield
        return
    owner.po.parent.mkdir(parents=True, exist_ok=True)
    # The folder is locked and not the file, because the file is replaced by a new one.
    folder = os.open(owner.po.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


# --- rules -------------------------------------------------------------------------------------

_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\)[#0\- +]*\d*(?:\.\d+)?)?(?P<kind>[%sdifrxXeEgG])")
_BRACES = re.compile(r"\{\w*\}")


def placeholders(text: str) -> frozenset[str]:
    """What is filled into a text: ``%(name)s``, ``%d`` and ``{name}``."""
    found = {match[0] for match in _PERCENT.finditer(text) if match["kind"] != "%"}
    return frozenset(found | set(_BRACES.findall(text)))


def faults(message: Message) -> list[str]:
    """What is wrong with a translation, apart from its being missing."""
    found = []
    given = forms(message)
    if message.pluralizable and len(given) != FORMS:
        found.append(f"has {len(given)} plural forms, Russian has {FORMS}")
    # The plural names all placeholders; the singular may say "one" in words.
    source = message.id if isinstance(message.id, str) else message.id[-1]
    wanted = placeholders(source)
    for form in given:
        if form and placeholders(form) != wanted:
            listed = ", ".join(sorted(placeholders(form))) or "nothing"
            found.append(f"{form!r} fills in {listed} instead of {', '.join(sorted(wanted))}")
    return found


def is_missing(message: Message) -> bool:
    """Whether a message lacks a translation or one of its plural forms."""
    return not all(forms(message))


# --- commands ----------------------------------------------------------------------------------


def extract(chosen: Iterable[Owner]) -> int:
    """Bring catalogues up to date with the source."""
    for owner in chosen:
        with locked(owner):
            catalog = merged(owner)
            changed = save(owner, catalog)
        lacking = sum(is_missing(message) for message in texts(catalog))
        state = "updated" if changed else "up to date"
        print(f"{owner.name}: {state}, {len(catalog)} texts, {lacking} not translated")
    return 0


def missing(chosen: Iterable[Owner]) -> int:
    """Print what is not translated, as a JSON list ready to become a JSON object."""
    found: list[str | list[str]] = []
    for owner in chosen:
        for message in texts(merged(owner)):
            if is_missing(message) or message.fuzzy:
                name = key(message)
                found.append(name if isinstance(message.id, str) else [name, message.id[1]])
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def fill(owner: Owner, given: Mapping[str, object]) -> int:
    """Put translations into a catalogue; what does not fit is told and left out."""
    with locked(owner):
        catalog = merged(owner)
        known = {key(message): message for message in texts(catalog)}
        refused = {}
        for name, value in given.items():
            why = _take(known.get(name), value)
            if why:
                refused[name] = why
        save(owner, catalog)
    lacking = sum(is_missing(message) for message in known.values())
    print(f"{owner.name}: {len(given) - len(refused)} taken, {lacking} still not translated")
    for name, why in refused.items():
        print(f"refused {name!r}: {why}", file=sys.stderr)
    return 1 if refused else 0


def _take(message: Message | None, value: object) -> str:
    """Set a translation; returns why it cannot be set, or nothing."""
    if message is None:
        return "no such text in the source"
    if message.pluralizable:
        if not isinstance(value, list) or not all(isinstance(form, str) for form in value):
            return f"a plural text needs a list of {FORMS} forms"
        string: str | tuple[str, ...] = tuple(value)
    else:
        if not isinstance(value, str):
            return "a text without plural needs one string"
        string = value
    candidate = Message(message.id, string, context=message.context)
    wrong = faults(candidate)
    if is_missing(candidate):
        wrong.append("is empty")
    if wrong:
        return "; ".join(wrong)
    message.string = string
    message.flags.discard("fuzzy")
    return ""


def compile_all(chosen: Iterable[Owner], *, force: bool = False) -> int:
    """Write the .mo files that are missing or older than their .po."""
    for owner in chosen:
        po, mo = owner.po, owner.mo
        if not po.exists():
            continue
        if force or not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            out = io.BytesIO()
            write_mo(out, stored(owner))
            _replace(mo, out.getvalue())
    return 0


def problems(chosen: Mapping[str, Owner], others: Iterable[Owner] = ()) -> list[str]:
    """Everything that keeps the catalogues from being merged, one line each.

    ``others`` are owners with whose words the chosen ones have to agree.
    """
    found = []
    seen: dict[str, tuple[str, tuple[str, ...]]] = {
        key(message): (other.name, forms(message))
        for other in others
        for message in texts(stored(other))
    }
    for name, owner in chosen.items():
        catalog = merged(owner)
        if any(texts(catalog)) or owner.po.exists():
            text = owner.po.read_text("utf-8") if owner.po.exists() else ""
            if text != rendered(catalog):
                found.append(f"{name}: stale, run: python -m tools.catalog extract {name}")
        for message in texts(catalog):
            label = f"{name}: {key(message)!r}".replace(r"\x04", " → ")
            if is_missing(message):
                found.append(f"{label} is not translated")
                continue
            if message.fuzzy:
                found.append(f"{label} is fuzzy")
            found += [f"{label} {fault}" for fault in faults(message)]
            # All catalogues are merged into one at run time: the later owner would win silently.
            other, string = seen.setdefault(key(message), (name, forms(message)))
            if string != forms(message):
                found.append(
                    f"{label} is {' / '.join(forms(message))!r} here and {' / '.join(string)!r} "
                    f"in {other}: agree, or tell the two apart by pgettext"
                )
    return found


def check(chosen: Mapping[str, Owner]) -> int:
    """Print the problems; the exit code of a checking tool."""
    found = problems(chosen)
    for line in found:
        print(line)
    if found:
        return 1
    total = sum(len(stored(owner)) for owner in chosen.values())
    print(f"{total} texts of {len(chosen)} owners are translated.")
    return 0
