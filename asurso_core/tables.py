"""Spreadsheets in and out: XLSX and CSV read within limits, and written so that no cell can act.

Reading gives plain text cells. A file is judged by what is inside it, not by its name, and its
unpacked size is counted before anything unpacks it (reliability-security T18). Writing never lets
a cell become a formula (T19).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _

#: Bytes of an uploaded file, bytes it may unpack to, parts of a package.
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 20 * 1024 * 1024
MOST_ENTRIES = 2000
MOST_ROWS = 20_000
MOST_COLUMNS = 100
LONGEST_CELL = 2000
#: Shared texts may be repeated: this many bytes of them may stand in cells.
LARGEST_TEXT = 100 * 1024 * 1024

_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,4})([0-9]{1,10})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["']([0-9]{1,10})["']""")
_ROW_MARK = re.compile(rb"<(?:\w+:)?row\b")
_SHARED = re.compile(rb"<(?:\w+:)?si\b")
_SHARED_USE = re.compile(rb"""\bt\s*=\s*["']s["']""")
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Sheet:
    """Rows of text cells; ``rows`` holds ``(row number in the file, cells)`` without empty rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(filename: str, data: bytes) -> Sheet:
    """Read the first sheet of an XLSX file, or a CSV file.

    :raises Invalid: empty, damaged, too large, of another kind; the message says what to do.
    """
    if not data.strip():
        raise Invalid(_("The file is empty."))
    if len(data) > LARGEST_FILE:
        raise Invalid(_("The file is larger than 20 MB. Split it into parts."))
    ending = filename.lower().rsplit(".", 1)[-1] if "." in filename else ""
    if data.startswith(b"PK"):
        if ending not in {"xlsx", ""}:
            raise Invalid(
                _("Inside the file is not what its name says. Save it as an XLSX or a CSV file.")
            )
        return _sheet(_xlsx_rows(data))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(
            _("This workbook is old or protected by a password. Save it as XLSX without one.")
        )
    if ending not in {"csv", "txt", "tsv", ""}:
        raise Invalid(_("The file is damaged or is not a spreadsheet. Save it as XLSX or CSV."))
    return _sheet(_csv_rows(data))


def _sheet(rows: Iterable[tuple[int, Sequence[Any]]]) -> Sheet:
    header: tuple[str, ...] | None = None
    found: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in rows:
        texts = tuple(_text(cell, number) for cell in cells)
        if not any(texts):
            continue
        if header is None:
            header = texts
            continue
        if len(found) >= MOST_ROWS:
            raise _too_many_rows()
        found.append((number, texts))
    if header is None:
        raise Invalid(_("The file is empty."))
    return Sheet(header, tuple(found))


def _too_many_rows() -> Invalid:
    return Invalid(_("There are more than 20,000 rows in the file. Split it into parts."))


def _text(value: Any, number: int) -> str:
    """A cell as text: whole numbers without a point, dates as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    found = str(value).replace("\xa0", " ").strip()
    if "\x00" in found:
        raise Invalid(_("Row %(row)s holds a character that cannot be stored.", row=number))
    if len(found) > LONGEST_CELL:
        raise Invalid(_("A cell of row %(row)s holds too long a text.", row=number))
    return found


# --- XLSX --------------------------------------------------------------------------------------


def _xlsx_rows(data: bytes) -> Iterable[tuple[int, Sequence[Any]]]:
    import python_calamine as calamine

    _weigh(data)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_index(0)
        first = (sheet.start or (0, 0))[0]
        rows = sheet.to_python(skip_empty_area=True)
    except Exception as error:  # the reader has a dozen kinds of errors, and may panic
        raise _damaged() from error
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise _damaged() from error
    return ((first + at + 1, row) for at, row in enumerate(rows))


def _damaged() -> Invalid:
    return Invalid(_("The file is damaged and cannot be read. Save it as XLSX once more."))


def _weigh(data: bytes) -> None:
    """Refuse a package that unpacks to too much, or whose sheet claims a huge area."""
    left = LARGEST_UNPACKED
    names: set[str] = set()
    used, longest = 0, 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            if len(entries) > MOST_ENTRIES:
                raise Invalid(_("There are too many parts in the file. Save it as XLSX once more."))
            for entry in entries:
                names.add(entry.filename)
                part = _unpacked(data, entry, left)
                left -= len(part)
                if entry.filename.lower().endswith((".xml", ".rels")):
                    if b"<!ENTITY" in part or b"<!DOCTYPE" in part:
                        raise _damaged()
                    _area(part)
                    used += len(_SHARED_USE.findall(part))
                    longest = max(longest, *(len(text) for text in _SHARED.split(part)[1:]), 0)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError) as error:
        raise _damaged() from error
    if "xl/workbook.xml" not in names or names & {"content.xml", "xl/workbook.bin"}:
        raise Invalid(_("The file is damaged or is not a spreadsheet. Save it as XLSX or CSV."))
    if used * longest > LARGEST_TEXT:
        raise Invalid(_("The file unpacks to too much data. Split it into parts."))


def _unpacked(data: bytes, entry: zipfile.ZipInfo, left: int) -> bytes:
    """The real content of a part: what its header claims is not believed."""
    if entry.flag_bits & 1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _damaged()
    head = data[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30:
        raise _damaged()
    start = (
        entry.header_offset
        + 30
        + int.from_bytes(head[26:28], "little")
        + int.from_bytes(head[28:30], "little")
    )
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        part = packed
    else:
        part = zlib.decompressobj(-15).decompress(packed, left + 1)
    if len(part) > left:
        raise Invalid(_("The file unpacks to too much data. Split it into parts."))
    return part


def _area(part: bytes) -> None:
    """Refuse a sheet with a cell far away: a reader makes room for everything before it."""
    if b"row" not in part:
        return
    rows = [int(number) for number in _ROW.findall(part)]
    if len(_ROW_MARK.findall(part)) > MOST_ROWS + 1_000 or max(rows, default=0) > MOST_ROWS + 1_000:
        raise _too_many_rows()
    widest = {letters for letters, _number in _CELL.findall(part)}
    if any(_column(letters) > MOST_COLUMNS for letters in widest):
        raise Invalid(_("There are more than 100 columns in the file."))
    if any(int(number) > MOST_ROWS + 1_000 for _letters, number in _CELL.findall(part)):
        raise _too_many_rows()


def _column(letters: bytes) -> int:
    number = 0
    for sign in letters.upper():
        number = number * 26 + sign - 64
    return number


# --- CSV ---------------------------------------------------------------------------------------


def _csv_rows(data: bytes) -> Iterable[tuple[int, Sequence[str]]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data:
        raise Invalid(_("The text of the file cannot be read. Save it as CSV in UTF-8."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1251")
        except UnicodeDecodeError as error:
            raise Invalid(
                _("The text of the file cannot be read. Save it as CSV in UTF-8.")
            ) from error
    if text.count("\n") > MOST_ROWS * 3:
        raise _too_many_rows()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found: list[tuple[int, Sequence[str]]] = []
    line = 1
    try:
        while True:
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                break
            if len(row) > MOST_COLUMNS:
                raise Invalid(_("There are more than 100 columns in the file."))
            found.append((line, row))
    except csv.Error as error:
        raise Invalid(
            _("Line %(row)s of the file cannot be read: look at its quotation marks.", row=line)
        ) from error
    return found


def _delimiter(text: str) -> str:
    """The sign that parts the columns of the first line that is not empty."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = re.sub(r'"[^"]*"', "", first)
    return max(";\t,", key=lambda sign: outside.count(sign))


# --- writing -----------------------------------------------------------------------------------


def safe_cell(value: Any) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    inner = text.replace("\x00", "")
    # A spreadsheet that splits at «;» may begin a cell in the middle of ours.
    if inner.lstrip(" ").startswith(_LIVE) or re.search(r"[;,\n\r]\s*[=+@＝＋＠-]", inner):
        return f"'{inner}"
    return inner


def write_csv(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file as Russian spreadsheets open it: ``;``, everything quoted, UTF-8 with BOM."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]] = (),
    *,
    required: Iterable[str] = (),
    lists: Mapping[str, Sequence[str]] | None = None,
    notes: Mapping[str, str] | None = None,
    room: int = 1000,
) -> bytes:
    """A workbook of one sheet of text: strings stay strings, whatever they begin with.

    ``lists`` gives drop-down choices of columns for the first ``room`` rows, ``required`` columns
    stand bold, ``notes`` are shown beside the heads of columns.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(title[:31])
    plain = book.add_format({"num_format": "@"})
    head = book.add_format({"bg_color": "#E8EEF4", "border": 1, "text_wrap": True})
    bold = book.add_format({"bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "bold": True})
    wanted = set(required)
    for at, name in enumerate(header):
        sheet.set_column(at, at, max(12, min(32, len(name) + 6)), plain)
        sheet.write_string(0, at, name, bold if name in wanted else head)
        if notes and name in notes:
            sheet.write_comment(0, at, notes[name])
        choices = list((lists or {}).get(name, ()))
        if choices:
            _drop_down(book, sheet, at, name, choices, room)
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            sheet.write_string(number, at, "" if value is None else str(value), plain)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _drop_down(book: Any, sheet: Any, at: int, name: str, choices: list[str], room: int) -> None:
    """Choices lie on a hidden sheet: a list written into the rule holds 255 characters only."""
    place = book.get_worksheet_by_name("Списки")
    if place is None:
        place = book.add_worksheet("Списки")
        place.hide()
    for number, choice in enumerate(choices):
        place.write_string(number, at, choice)
    letter = chr(ord("A") + at)
    sheet.data_validation(
        1,
        at,
        room,
        at,
        {
            "validate": "list",
            "source": f"=Списки!${letter}$1:${letter}${len(choices)}",
            "error_type": "warning",
            "error_title": name[:32],
            "error_message": "Выберите значение из списка.",
        },
    )
