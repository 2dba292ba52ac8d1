"""What a file really is: told by its content, never by its name or by what the browser says.

Only what is known here can be allowed. A file must be of its type from the first byte on and be
built as its type is; pictures are decoded and drawn anew, so nothing hidden in them survives.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection

from PIL import Image, ImageOps

from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _

#: What pictures become; only these are ever shown inside a page.
IMAGES = frozenset({"image/jpeg", "image/png"})

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"

#: Groups that kinds of files are made of.
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
DOCUMENTS = ("application/pdf", DOCX, XLSX, PPTX, ODT, ODS, ODP)

#: A picture of more pixels is not decoded: forty megapixels already fill 160 MB of memory.
MOST_PIXELS = 40_000_000
#: Longer sides are made so long: enough to read a scanned A4 sheet.
LONGEST_SIDE = 2400
#: A drawn PNG above this is a photograph in the wrong clothes and becomes a JPEG.
LARGE_PNG = 1_500_000

_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_OFFICE = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
_MOST_PARTS = 5000


def judged(data: bytes, allowed: Collection[str]) -> tuple[str, bytes]:
    """``(content type, bytes to keep)`` of an upload; pictures come back drawn anew.

    ``allowed`` may name webp and gif: they are kept as PNG or JPEG, moving pictures as their first
    frame.

    :raises Invalid: the content is empty, broken or of no allowed type.
    """
    if not data:
        raise Invalid(_("The file is empty. Choose another one."))
    found = _type_of(data)
    if found is None or found not in allowed:
        raise Invalid(_("Such files are not accepted here. Possible are: %(list)s.",
                        list=in_words(allowed)))  # fmt: skip
    if found in PICTURES:
        return _drawn_anew(data)
    return found, data


def in_words(allowed: Collection[str]) -> str:
    """Allowed types as people call them: «JPG, PNG, PDF»."""
    names = {
        "image/jpeg": "JPG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF",
        "application/pdf": "PDF", DOCX: "DOCX", XLSX: "XLSX", PPTX: "PPTX", ODT: "ODT",
        ODS: "ODS", ODP: "ODP",
    }  # fmt: skip
    return ", ".join(name for type_, name in names.items() if type_ in allowed)


def _type_of(data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return "application/pdf" if b"%%EOF" in data[-2048:] else None
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return _picture(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _picture(data)
    return None


def _picture(data: bytes) -> str | None:
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as picture:
            return _FORMATS.get(str(picture.format))
    except Exception as error:
        # Pillow's readers raise whatever the broken bytes make them raise.
        raise _broken() from error


def _packed(data: bytes) -> str | None:
    """Documents of the two office families; macros are not accepted, nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            names = box.namelist()
            if len(names) > _MOST_PARTS:
                return None
            if "mimetype" in names and names[0] == "mimetype":
                part = box.getinfo("mimetype")
                told = "" if part.file_size > 100 else box.read(part).decode("ascii", "replace")
                macros = any(name.startswith("Basic/") for name in names)
                return told if told in {ODT, ODS, ODP} and not macros else None
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        raise _broken() from error
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((type_ for name, type_ in _OFFICE.items() if name in names), None)


def _drawn_anew(data: bytes) -> tuple[str, bytes]:
    """Decode a picture and write it again: no EXIF, no place of the photo, nothing appended."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise Invalid(_("The picture is too large: %(width)s × %(height)s points. "
                                "Make it smaller.", width=width, height=height))  # fmt: skip
            was_jpeg = picture.format == "JPEG"
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read small
            upright = ImageOps.exif_transpose(picture)
            clear = upright.has_transparency_data
            plain = upright.convert("RGBA" if clear else "RGB")
            plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            fresh = Image.new(plain.mode, plain.size)  # without what travelled along in `info`
            fresh.paste(plain)
    except Invalid:
        raise
    except Exception as error:
        raise _broken() from error
    out = io.BytesIO()
    if not was_jpeg:
        fresh.save(out, "PNG")
        if clear or out.tell() <= LARGE_PNG:
            return "image/png", out.getvalue()
        out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85)
    return "image/jpeg", out.getvalue()


def _broken() -> Invalid:
    return Invalid(_("The file is damaged and cannot be opened. Save it anew and try again."))
