"""Files that people send: the hostile corpus, what is kept, who reads, what is found when lost."""

from __future__ import annotations

import io
import os
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage

from asurso_core import files, plugins
from asurso_core.admin import checks
from asurso_core.audit import AuditEntry
from asurso_core.errors import Invalid, NotThere, Unavailable
from asurso_core.health import FAILURE, NOTE, OK
from asurso_core.hookspecs.collect import asurso_file_kinds
from asurso_core.judging import DOCUMENTS, DOCX, LONGEST_SIDE, ODT, PICTURES
from asurso_core.testing.make import SmallSchool

KIND = "core.try"


@pytest.fixture
def kind(app: Flask) -> Iterator[dict[str, Any]]:
    """A kind of files of the kernel; ``kind["may"]`` says who reads."""
    rule: dict[str, Any] = {"may": lambda _actor, _row: True}
    made = files.FileKind(
        name=KIND,
        title="Проба",
        types=(*PICTURES, *DOCUMENTS),
        max_bytes=300_000,
        quota_bytes=500_000,
        may_read=lambda actor, row: bool(rule["may"](actor, row)),
    )
    manager = plugins.current()
    manager.collect(asurso_file_kinds)
    core = manager.plugins["core"]
    manager._collected["asurso_file_kinds"].append((core, made))
    yield rule
    manager._collected.pop("asurso_file_kinds")


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#336699").save(out, form, **more)
    return out.getvalue()


def pdf(more: bytes = b"") -> bytes:
    return b"%PDF-1.7\n" + more + b"\n%%EOF\n"


def boxed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, data in parts.items():
            box.writestr(name, data)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    return boxed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})


def sent(data: bytes, name: str = "файл.pdf", mime: str = "application/pdf") -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name, content_type=mime)


def bomb(side: int = 20_000) -> bytes:
    """A PNG of 400 megapixels in some kilobytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes((side // 8 + 1) * 400))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


HOSTILE = {
    "nothing": (b"", "пусто.pdf"),
    "a program as a document": (b"MZ\x90\x00" + bytes(500), "диплом.pdf"),
    "a program as a picture": (b"\x7fELF" + bytes(500), "фото.jpg"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "a.svg"),
    "svg as png": (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "a.png"),
    "html": (b"<!doctype html><script>alert(1)</script>", "a.html"),
    "html as jpg": (b"<html><script>alert(1)</script></html>", "a.jpg"),
    "html before a pdf": (b"<script>alert(1)</script>" + pdf(), "a.pdf"),
    "text": ("Просто текст".encode(), "a.txt"),
    "a cut picture": (picture("JPEG", (200, 200))[:300], "a.jpg"),
    "only the head of a picture": (b"\x89PNG\r\n\x1a\n", "a.png"),
    "gif head and html": (b"GIF89a=1;<script>alert(1)</script>", "a.gif"),
    "webp head and html": (b"RIFF\x00\x00\x00\x00WEBP<script>alert(1)</script>", "a.webp"),
    "a bomb of points": (bomb(), "a.png"),
    "a wide picture": (bomb(8_000), "a.png"),
    "bmp": (picture("BMP"), "a.bmp"),
    "tiff as jpg": (picture("TIFF"), "a.jpg"),
    "an archive": (boxed({"a.exe": b"MZ"}), "a.zip"),
    "a java archive": (boxed({"META-INF/MANIFEST.MF": b"", "A.class": b""}), "a.docx"),
    "macros": (docx(**{"word/vbaProject.bin": b"x"}), "a.docx"),
    "a broken archive": (b"PK\x03\x04" + bytes(100), "a.docx"),
    "many parts": (
        boxed({f"{n}": b"" for n in range(5_100)} | {"[Content_Types].xml": b""}),
        "a.docx",
    ),
    "an odt that is none": (boxed({"mimetype": b"text/html"}), "a.odt"),
    "a pdf without an end": (b"%PDF-1.7\n" + bytes(400), "a.pdf"),
    "too large": (pdf(bytes(300_000)), "a.pdf"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(
    case: str, school: SmallSchool, kind: dict[str, Any]
) -> None:
    data, name = HOSTILE[case]
    with pytest.raises(Invalid) as refusal:
        files.save(school.actor("pupil"), KIND, sent(data, name), target="core.try:1")
    assert refusal.value.message
    assert files.StoredFile.select().count() == 0


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_drawn_anew_and_nothing_travels_with_it(
    form: str, school: SmallSchool, kind: dict[str, Any]
) -> None:
    secret = b"GPS 53.195 50.10 <script>alert(1)</script>"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    more = {} if form == "GIF" else {"exif": exif}
    data = picture(form, **more) + secret + boxed({"x.html": secret})
    row = files.save(school.actor("pupil"), KIND, sent(data, "a.html", "text/html"), target="t:1")
    kept = files.path_of(row).read_bytes()
    assert row.is_image
    assert row.name == ("a.html.jpg" if form == "JPEG" else "a.html.png")
    assert b"GPS" not in kept
    assert b"script" not in kept
    assert not dict(Image.open(io.BytesIO(kept)).getexif())


def test_a_large_picture_is_made_smaller_and_stands_upright(
    school: SmallSchool, kind: dict[str, Any]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    data = picture("JPEG", (3000, 1500), exif=exif)
    row = files.save(school.actor("pupil"), KIND, sent(data), target="t:1")
    with Image.open(files.path_of(row)) as kept:
        assert kept.size == (LONGEST_SIDE // 2, LONGEST_SIDE)


def test_documents_are_told_by_content_and_get_the_ending_of_it(
    school: SmallSchool, kind: dict[str, Any]
) -> None:
    who = school.actor("teacher")
    odt = boxed({"mimetype": ODT.encode(), "content.xml": b""})
    told = [
        (row.type, row.name)
        for row in (
            files.save(who, KIND, sent(data, name, "text/html"), target="t:1")
            for data, name in ((pdf(), "урок.exe"), (docx(), "план.docx"), (odt, "работа.odt"))
        )
    ]
    assert told == [
        ("application/pdf", "урок.exe.pdf"), (DOCX, "план.docx"), (ODT, "работа.odt"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd.pdf"),
        ("..\\..\\autoexec.pdf", "autoexec.pdf"),
        ("/", "Файл.pdf"),
        ("", "Файл.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("фото\u202efdp.exe", "фотоfdp.exe.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("Д" * 300 + ".pdf", "Д" * 116 + ".pdf"),
        ('"><script>.pdf', "___script_.pdf"),
    ],
)
def test_a_name_is_only_a_name(
    name: str, kept: str, school: SmallSchool, kind: dict[str, Any]
) -> None:
    row = files.save(school.actor("pupil"), KIND, sent(pdf(), name), target="t:1")
    assert row.name == kept
    assert files.path_of(row).parent.parent == files.folder()


def test_bytes_lie_under_their_hash_closed_to_others(
    school: SmallSchool, kind: dict[str, Any]
) -> None:
    who = school.actor("pupil")
    first = files.save(who, KIND, sent(pdf()), target="t:1")
    second = files.save(who, KIND, sent(pdf()), target="t:2")
    place = files.path_of(first)
    assert files.path_of(second) == place
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.folder().stat().st_mode) == 0o700
    assert [entry.kind for entry in AuditEntry.select()].count("core.file_saved") == 2


def test_the_quota_of_a_person_is_kept_and_freed(school: SmallSchool, kind: dict[str, Any]) -> None:
    who = school.actor("pupil")
    row = files.save(who, KIND, sent(pdf(bytes(280_000))), target="t:1")
    with pytest.raises(Invalid, match="места"):
        files.save(who, KIND, sent(pdf(bytes(270_000))), target="t:1")
    files.save(school.actor("teacher"), KIND, sent(pdf(bytes(270_000))), target="t:1")
    files.drop(who, row)
    files.save(who, KIND, sent(pdf(bytes(270_000))), target="t:1")


def test_a_document_is_only_downloaded_and_nothing_in_it_runs(
    school: SmallSchool, kind: dict[str, Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = files.save(school.actor("pupil"), KIND, sent(pdf(), "работа.pdf"), target="t:1")
    answer = login_as("parent").get(files_url(row))
    assert answer.data == pdf()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_picture_is_shown_and_not_sent_twice(
    school: SmallSchool, kind: dict[str, Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = files.save(school.actor("pupil"), KIND, sent(picture()), target="t:1")
    reader = login_as("parent")
    answer = reader.get(files_url(row))
    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")
    again = reader.get(files_url(row), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_file_is_read_only_by_whom_its_kind_lets(
    school: SmallSchool,
    kind: dict[str, Any],
    login_as: Callable[..., FlaskClient],
    client: FlaskClient,
) -> None:
    row = files.save(school.actor("pupil"), KIND, sent(pdf()), target="t:1")
    kind["may"] = lambda actor, one: actor.person_id == one.owner_id
    pupil = login_as("pupil")
    assert pupil.get(files_url(row)).status_code == 200
    assert login_as("teacher").get(files_url(row)).status_code == 404
    assert client.get(files_url(row)).status_code == 302
    assert pupil.get("/files/2147483648/a.pdf").status_code == 404


def test_a_file_of_a_kind_that_is_switched_off_is_read_by_nobody(
    school: SmallSchool, kind: dict[str, Any]
) -> None:
    row = files.save(school.actor("pupil"), KIND, sent(pdf()), target="t:1")
    row.kind = "gone.thing"
    row.save()
    with pytest.raises(NotThere):
        files.find(school.actor("pupil"), row.id)


def files_url(row: files.StoredFile) -> str:
    return f"/files/{row.id}/{row.name}"


# --- F19: corrupt upload, lost file, file without row ---------------------------------------------


def test_a_lost_file_is_told_plainly_and_breaks_nothing_else(
    school: SmallSchool, kind: dict[str, Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = files.save(school.actor("pupil"), KIND, sent(pdf(), "грамота.pdf"), target="t:1")
    files.path_of(row).unlink()
    pupil = login_as("pupil")
    answer = pupil.get(files_url(row))
    assert answer.status_code == 404
    assert "«грамота.pdf» потерян" in answer.text
    assert pupil.get("/").status_code == 200


def test_doctor_finds_every_file_that_was_deleted_cut_or_swapped(
    school: SmallSchool, kind: dict[str, Any]
) -> None:
    who = school.actor("teacher")
    kept = [files.save(who, KIND, sent(pdf(b"%d" % n)), target="t:1") for n in range(100, 200)]
    assert checks.stored_files().level == OK
    for row in kept[:33]:
        files.path_of(row).unlink()
    for row in kept[33:66]:
        os.truncate(files.path_of(row), 5)
    for one, other in zip(kept[66:100:2], kept[67:100:2], strict=True):
        left, right = files.path_of(one).read_bytes(), files.path_of(other).read_bytes()
        files.path_of(one).write_bytes(right)
        files.path_of(other).write_bytes(left)
    found = files.damage()
    assert found.lost == [row.id for row in kept[:33]]
    assert found.changed == [row.id for row in kept[33:]]
    told = checks.stored_files()
    assert told.level == FAILURE
    assert str(kept[99].id) in told.text
    for place in files.folder().glob("*/*"):
        place.unlink()  # the folder outlives this test's rows


def test_bytes_without_a_row_are_told_and_swept_when_old(
    school: SmallSchool, kind: dict[str, Any]
) -> None:
    who = school.actor("pupil")
    gone = files.save(who, KIND, sent(pdf(b"gone")), target="t:1")
    stays = files.save(who, KIND, sent(pdf(b"stays")), target="t:1")
    files.drop(who, gone)
    assert files.path_of(gone) not in files.damage().orphans  # its transaction may be under way
    _make_old(files.path_of(gone), files.path_of(stays))
    assert files.path_of(gone) in files.damage().orphans
    assert checks.stored_files().level == NOTE
    assert files.sweep() >= 1
    assert not files.path_of(gone).exists()
    assert files.is_whole(stays)


def test_bytes_that_come_again_are_young_again(school: SmallSchool, kind: dict[str, Any]) -> None:
    who = school.actor("pupil")
    row = files.save(who, KIND, sent(pdf(b"again")), target="t:1")
    _make_old(files.path_of(row))
    files.save(who, KIND, sent(pdf(b"again")), target="t:2")
    assert time.time() - files.path_of(row).stat().st_mtime < files.YOUNG


def test_a_write_that_fails_leaves_no_row_and_no_half_file(
    school: SmallSchool, kind: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    before = set(files.folder().glob("*/*"))
    with pytest.raises(Unavailable, match="закончилось место"):
        files.save(school.actor("pupil"), KIND, sent(pdf(b"full")), target="t:1")
    assert files.StoredFile.select().count() == 0
    assert set(files.folder().glob("*/*")) == before
    assert not list(files.folder().glob("*/.*"))


def _make_old(*places: Path) -> None:
    then = time.time() - files.YOUNG - 60
    for place in places:
        os.utime(place, (then, then))
