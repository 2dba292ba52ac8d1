"""Files that people give us: judged by content, kept by hash, handed out only to who may read.

A row of :class:`StoredFile` says what a file is for and whose quota it fills; its bytes lie in
``instance/files`` under the SHA-256 of themselves, so that no name from outside ever becomes a
path. Pictures are drawn anew by Pillow and may be shown; everything else is only downloaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import peewee as pw
from flask import Blueprint, Response, current_app, send_file, url_for
from werkzeug.datastructures import FileStorage

from asurso_core import access, audit, clock, plugins, web
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import Record, is_sqlite, ref, rows, run, told_plainly, transaction
from asurso_core.errors import Invalid, NotThere
from asurso_core.hookspecs.collect import asurso_file_kinds
from asurso_core.i18n import gettext as _
from asurso_core.judging import IMAGES, judged

#: A name is shown and offered for saving; it never becomes a path of ours.
LONGEST_NAME = 120
#: Bytes without a row are left alone for so long: the transaction of their row may be under way.
YOUNG = 3600.0

#: The counter that holds the highest number of a file when a plugin was removed.
_HIGHEST = "stored_files"

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class StoredFile(Record):
    """One file of one owner; several rows may share the same bytes."""

    kind = pw.CharField(60)
    owner = ref(Person, null=True)  # whose quota it fills; none for what the program made
    target = pw.CharField(80, index=True)  # "<owner>.<thing>:<id>", as in the audit
    name = pw.CharField(LONGEST_NAME)
    type = pw.CharField(100)
    size = pw.IntegerField()
    digest = pw.CharField(64, index=True)
    created_at = pw.DateTimeField()

    class Meta:
        indexes = ((("owner", "kind"), False),)

    @property
    def is_image(self) -> bool:
        """Whether it was drawn anew by us and may therefore be shown in a page."""
        return self.type in IMAGES


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """What files of one purpose may be, and who may read them.

    ``name`` is ``<owner>.<thing>``; ``types`` are content types of :mod:`asurso_core.judging`;
    ``quota_bytes`` is how much of this kind one person may keep. ``may_read(actor, row)`` is asked
    before every reading; a kind whose plugin is switched off is read by nobody.
    """

    name: str
    title: Any
    types: tuple[str, ...]
    may_read: Callable[[Actor, StoredFile], bool]
    max_bytes: int = 10 * 1024 * 1024
    quota_bytes: int = 100 * 1024 * 1024


def kinds() -> dict[str, FileKind]:
    """The kinds of files of all enabled owners by name."""
    return {item.name: item for _plugin, item in plugins.collect(asurso_file_kinds)}


# --- keeping -------------------------------------------------------------------------------------


def folder() -> Path:
    """Where the bytes lie: ``files`` in the instance folder, closed to others on this machine."""
    found: Path = current_app.extensions["asurso_config"].instance / "files"
    if not found.is_dir():
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path_of(row: StoredFile) -> Path:
    """Where the bytes of a row lie, or should lie."""
    return folder() / row.digest[:2] / row.digest


def is_whole(row: StoredFile) -> bool:
    """Whether the bytes are there in full length; their hash is what ``asurso doctor`` compares."""
    try:
        return path_of(row).stat().st_size == row.size
    except OSError:
        return False


@dataclass(frozen=True, kw_only=True)
class Received:
    """An upload that was judged and whose bytes are in the store, before it has a row."""

    name: str
    type: str
    size: int
    digest: str


def receive(kind: str, upload: FileStorage) -> Received:
    """Judge what somebody sent and put its bytes into the store.

    Call it before a transaction of your own: a photo takes a second to be drawn anew, and nobody
    else's mark shall wait for that.

    :raises Invalid: nothing was sent, the content is not of an allowed type or too large.
    :raises Unavailable: the disk is full.
    """
    rule = kinds()[kind]
    data = upload.stream.read(rule.max_bytes + 1)
    if len(data) > rule.max_bytes:
        raise Invalid(
            _("The file is larger than %(size)s. Make it smaller.", size=in_words(rule.max_bytes))
        )
    type_, data = judged(data, rule.types)
    digest = hashlib.sha256(data).hexdigest()
    with _disk():
        _keep(digest, data)
    name = _safe_name(upload.filename or "", type_)
    return Received(name=name, type=type_, size=len(data), digest=digest)


def save(actor: Actor, kind: str, upload: FileStorage | Received, *, target: str) -> StoredFile:
    """Keep what somebody sent; it fills the quota of the actor's person.

    Whether the actor may change ``target`` is for the caller to ask. The bytes are on the disk
    before the row is written: a row without bytes cannot come of a power cut.

    :raises Invalid: nothing was sent, the content is not of an allowed type, the file is too large
        or the quota is used up; the words say what to do.
    :raises Unavailable: the disk is full.
    """
    found = upload if isinstance(upload, Received) else receive(kind, upload)
    with transaction():
        _refuse_over_quota(actor, kinds()[kind], found.size)
        row: StoredFile = StoredFile.create(
            kind=kind,
            owner=actor.person_id,
            target=target,
            name=found.name,
            type=found.type,
            size=found.size,
            digest=found.digest,
            created_at=clock.stamp(),
            **_number(),
        )
        _record(actor, "core.file_saved", row, after=_told(row))
    return row


def keep_bytes(data: bytes) -> str:
    """Put what the program itself made into the store; returns its digest, for :func:`keep`.

    :raises Unavailable: the disk is full.
    """
    digest = hashlib.sha256(data).hexdigest()
    with _disk():
        _keep(digest, data)
    return digest


def keep(
    actor: Actor, kind: str, *, name: str, type_: str, digest: str, size: int, target: str
) -> StoredFile:  # fmt: skip
    """The row of a file that the program made for somebody; it is asked neither type nor quota.

    Call it inside the transaction of the deed, after :func:`keep_bytes`. Whether the actor may
    have it is for the caller to ask, and for the kind before every reading.
    """
    row: StoredFile = StoredFile.create(
        kind=kind, owner=actor.person_id, target=target, name=_safe_name(name, type_), type=type_,
        size=size, digest=digest, created_at=clock.stamp(), **_number(),
    )  # fmt: skip
    _record(actor, "core.file_saved", row, after=_told(row))
    return row


def drop(actor: Actor, row: StoredFile) -> None:
    """Forget a file; whether the actor may is for the caller to ask.

    The bytes go within the hour after the row, when no other row needs them: until its transaction
    is over, a dropped row may still come back.
    """
    with transaction():
        StoredFile.delete().where(StoredFile.id == row.id).execute()
        _record(actor, "core.file_dropped", row, before=_told(row))


def disown(ids: Collection[int]) -> None:
    """Let files fill nobody's quota any more, because only others still need them.

    A letter that its author has deleted for good lies in the mailboxes of its recipients. Call it
    inside the transaction of the deed; whether the actor may is for the caller to ask.
    """
    if ids:
        run("UPDATE core_stored_file SET owner_id = NULL WHERE id IN ?", [sorted(ids)])


def forget_of(plugin: str) -> None:
    """Forget all files of a plugin that is being removed; call inside the transaction of it.

    Their numbers are never given again: they stand in the plugin's texts, which may come back.
    """
    run(
        "INSERT INTO core_revision (topic, number) SELECT ?, COALESCE(MAX(id), 0) "
        "FROM core_stored_file WHERE true ON CONFLICT (topic) DO UPDATE SET number = "
        "CASE WHEN excluded.number > core_revision.number THEN excluded.number "
        "ELSE core_revision.number END",
        [_HIGHEST],
    )
    run(
        f"DELETE FROM core_stored_file WHERE substr(kind, 1, {len(plugin) + 1}) = ?",  # noqa: S608
        [f"{plugin}."],
    )


def _number() -> dict[str, int]:
    """The number of a new row where the engine would give one again: SQLite takes the highest."""
    if not is_sqlite():
        return {}
    highest = rows(
        "SELECT MAX(COALESCE((SELECT MAX(id) FROM core_stored_file), 0), "
        "COALESCE((SELECT number FROM core_revision WHERE topic = ?), 0))",
        [_HIGHEST],
    )
    return {"id": highest[0][0] + 1}


def used(person_id: int | None, kind: str) -> int:
    """How many bytes of a kind a person keeps."""
    told = rows(
        "SELECT COALESCE(SUM(size), 0) FROM core_stored_file WHERE owner_id = ? AND kind = ?",
        [person_id, kind],
    )
    return int(told[0][0])


def of_target(*targets: str) -> list[StoredFile]:
    """The files that hang on these things, the oldest first; one statement."""
    if not targets:
        return []
    query = StoredFile.select().where(StoredFile.target.in_(targets)).order_by(StoredFile.id)
    return list(query)


def in_words(size: int) -> str:
    """A size as people say it: «2,5 МБ»."""
    if size < 1024 * 1024:
        return _("%(number)s KB", number=max(1, round(size / 1024)))
    return _(
        "%(number)s MB", number=f"{size / 1024 / 1024:.1f}".replace(".", ",").removesuffix(",0")
    )


def _refuse_over_quota(actor: Actor, rule: FileKind, more: int) -> None:
    if actor.person_id is None:
        return  # the program itself: demonstration, restoring
    if not is_sqlite():
        # Two uploads of one person at once would each see room for itself alone.
        rows("SELECT id FROM core_person WHERE id = ? FOR UPDATE", [actor.person_id])
    if used(actor.person_id, rule.name) + more > rule.quota_bytes:
        raise Invalid(
            _(
                "There is no room left for your files: %(size)s are allowed. Delete what you no "
                "longer need.",
                size=in_words(rule.quota_bytes),
            )
        )


def _keep(digest: str, data: bytes) -> None:
    """Put bytes into the store: whole or not at all, readable to nobody else on this machine."""
    place = folder() / digest[:2] / digest
    if place.is_file() and place.stat().st_size == len(data):
        os.utime(place)  # young again: nobody sweeps it before its new row is committed
        return
    place.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished = place.parent / f".{digest}.{secrets.token_hex(4)}"
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    for changed in (place.parent, place.parent.parent):
        entry = os.open(changed, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told = told_plainly(error)
        if told is None:
            raise
        raise told from error


def _record(actor: Actor, kind: str, row: StoredFile, **change: Any) -> None:
    audit.record(actor, kind, row.target, person=row.owner_id, topic=None, **change)


def _told(row: StoredFile) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "type": row.type, "size": row.size}


# --- names ---------------------------------------------------------------------------------------


def _safe_name(name: str, type_: str) -> str:
    """A name to show and to save under: no path, no control signs, the ending of the content."""
    ending = _ENDINGS[type_]
    last = re.split(r"[/\\]", name)[-1]
    # "C" are control, format and unassigned signs, among them those that turn the writing round.
    clean = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem = re.sub(r'[<>:"|?*]', "_", clean).strip(" .")
    while stem.lower().endswith(ending):
        stem = stem[: -len(ending)].strip(" .")
    return f"{stem[: LONGEST_NAME - len(ending)] or _('File')}{ending}"


_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
}


# --- handing out ---------------------------------------------------------------------------------

files = Blueprint("files", __name__)


@files.get("/files/<int:file_id>/<name>")
@access.signed_in
def show(file_id: int, name: str) -> Response:
    """A file, if its kind lets this reader have it; the name in the address is for people only."""
    del name
    return response(find(web.actor(), file_id))


def find(actor: Actor, file_id: int) -> StoredFile:
    """The row of a file that the actor may read; raises :class:`NotThere` for every other one."""
    row: StoredFile | None = None
    if 0 < file_id < 2**31:
        row = StoredFile.get_or_none(StoredFile.id == file_id)
    rule = kinds().get(row.kind) if row is not None else None
    if row is None or rule is None or not rule.may_read(actor, row):
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


def url(row: StoredFile) -> str:
    """The address of a file."""
    return url_for("files.show", file_id=row.id, name=row.name)


def attachment(name: str) -> str:
    """The header that lets a browser save what it gets under a name, also a Russian one."""
    simple = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name[:60])
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe='')}"


def response(row: StoredFile) -> Response:
    """The bytes of a file as an answer; nothing in it can run, whatever it holds.

    For views that have asked the rights themselves, such as a page opened by a secret link.

    :raises NotThere: the bytes are lost or cut.
    """
    if not is_whole(row):
        current_app.logger.error("file %s (%s) is lost or damaged", row.id, row.digest)
        raise NotThere(_("The file «%(name)s» is lost. Tell the administrator.", name=row.name))
    answer = web.not_modified(row.digest[:32])
    if answer is None:
        answer = send_file(
            io.BytesIO(path_of(row).read_bytes()),
            mimetype=row.type,
            as_attachment=not row.is_image,
            download_name=row.name,
            conditional=False,
            etag=False,
            max_age=None,
        )
        web.tagged(answer, row.digest[:32])
    answer.headers["Content-Security-Policy"] = _SANDBOX
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


# --- what has come apart -------------------------------------------------------------------------


@dataclass(frozen=True)
class Damage:
    """Rows without bytes, rows whose bytes are others, and bytes without a row."""

    lost: list[int]
    changed: list[int]
    orphans: list[Path]
    looked_at: int
    all: int


def damage(seconds: float | None = None) -> Damage:
    """Compare the rows with the store; hashing stops after so many seconds, if any are given."""
    lost: list[int] = []
    changed: list[int] = []
    stop = None if seconds is None else time.monotonic() + seconds
    known = rows("SELECT id, digest, size FROM core_stored_file ORDER BY id")
    base = folder()
    judged_before: dict[str, bool] = {}
    looked_at = 0
    for id_, digest, size in known:
        place = base / digest[:2] / digest
        try:
            there = place.stat().st_size
        except OSError:
            lost.append(id_)
            continue
        if digest not in judged_before and (stop is None or time.monotonic() < stop):
            judged_before[digest] = there == size and _hash(place) == digest
        looked_at += digest in judged_before
        if there != size or not judged_before.get(digest, True):
            changed.append(id_)
    needed = {digest for _id, digest, _size in known}
    return Damage(lost, changed, list(_orphans(base, needed)), looked_at, len(known))


def _hash(place: Path) -> str:
    with place.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _orphans(base: Path, needed: set[str]) -> Iterator[Path]:
    """Bytes that no row needs and that are too old for a row to be on its way."""
    old = time.time() - YOUNG
    for place in sorted(base.glob("*/*")):
        if place.name not in needed and place.is_file() and place.stat().st_mtime < old:
            yield place


def sweep() -> int:
    """Delete bytes that no row needs; returns how many files went."""
    needed = {digest for (digest,) in rows("SELECT DISTINCT digest FROM core_stored_file")}
    gone = 0
    for place in _orphans(folder(), needed):
        place.unlink(missing_ok=True)
        gone += 1
    return gone


BLUEPRINTS: list[Any] = [files]
