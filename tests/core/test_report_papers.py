"""Reports as spreadsheets, papers, pages and kept documents: nothing of a document gets lost."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from asurso_core.reports import (
    LINE,
    STACKED,
    Cell,
    Chart,
    Column,
    Document,
    Row,
    Table,
    charts,
    layout,
    screen,
    writing,
)
from asurso_core.reports.documents import explanations, signed
from asurso_core.reports.packing import packed, unpacked
from asurso_core.tables import read

# --- kept documents ------------------------------------------------------------------------------

VALUES = st.one_of(
    st.none(), st.text(max_size=8), st.sampled_from(["NaN", "1_0", "٣", "—", "1e5", "4,50"]),
    st.integers(), st.booleans(), st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(), st.datetimes(), st.floats(allow_nan=False),
)  # fmt: skip
CELLS = st.one_of(
    VALUES,
    st.builds(Cell, VALUES, url=st.just("/journal"), tone=st.sampled_from(["", "good", "bad"])),
)


@settings(max_examples=60)
@given(cells=st.lists(CELLS, min_size=2, max_size=2), figures=st.lists(VALUES, max_size=3))
def test_a_kept_document_is_exactly_the_document(cells, figures):
    document = Document(
        title="Итоги", note="5А", basis="по ученикам", warnings=["Нет отметок"],
        tables=[Table(
            title="Т", empty="пусто",
            columns=[Column(title="Ученик"), Column(title="Б", number=True, about="болезнь")],
            rows=[Row(cells, "total")],
        )],
        charts=[Chart(title="Д", labels=["5А"], series=[("Ряд", figures)], kind=LINE)],
    )  # fmt: skip
    back = unpacked(packed(document))
    assert back == document
    kinds = [type(getattr(one, "value", one)) for one in back.tables[0].rows[0].cells]
    assert kinds == [type(getattr(one, "value", one)) for one in cells]


def test_a_report_kept_as_texts_before_still_opens_and_words_stay_words():
    old = {
        "title": "Итоги", "note": "", "basis": "", "warnings": [],
        "tables": [{
            "title": "", "empty": "",
            "columns": [{"title": "Ученик", "number": False, "group": ""},
                        {"title": "Балл", "number": True, "group": ""}],
            "rows": [{"kind": "", "cells": ["5", text]}
                     for text in ("4,25", "12", "—", "NaN", "1_0", "н/а")],
        }],
        "charts": [{"title": "", "kind": "bar", "labels": ["5А"], "series": [["Ряд", ["68,0"]]]}],
    }  # fmt: skip
    back = unpacked(old)
    found = [row.cells[1] for row in back.tables[0].rows]
    assert found == [Decimal("4.25"), 12, None, "NaN", "1_0", "н/а"]
    assert back.tables[0].rows[0].cells[0] == "5"
    assert back.charts[0].series[0][1] == [Decimal("68.0")]


def test_links_are_kept_for_the_author_alone():
    table = Table(columns=[Column(title="Кто")], rows=[[Cell("Ёжикова", url="/people/7")]])
    kept = packed(Document(title="Проба", tables=[table]))
    assert unpacked(kept).tables[0].rows[0].cells[0].url == "/people/7"
    assert unpacked(kept, links=False).tables[0].rows[0].cells[0].url == ""


# --- signs and explanations ----------------------------------------------------------------------

MARKED = Document(
    title="Проба",
    tables=[
        Table(
            columns=[Column(title="Ученик"), Column(title="СОУ", number=True, about="обученность")],
            rows=[["Ёжикова", Cell(Decimal("2.80"), tone="bad")]],
        )
    ],
)


@pytest.mark.usefixtures("app")
def test_a_tone_is_told_by_a_sign_and_short_headings_in_full():
    assert signed(MARKED.tables[0].rows[0][1], number=True) == "2,80 ▼"
    assert explanations(MARKED.tables[0]) == ["СОУ — обученность", "▼ — плохо"]


@pytest.mark.usefixtures("school")
def test_signs_and_explanations_reach_the_paper(monkeypatch):
    told: list[Any] = []
    monkeypatch.setattr(
        writing.typesetting, "pdf", lambda *args, **more: told.append(args[2]) or b""
    )
    writing.as_pdf(unpacked(packed(MARKED)), author="Миронова Н. А.")
    table = told[0]["tables"][0]
    assert table["parts"][0]["rows"][0]["cells"] == ["Ёжикова", "2,80 ▼"]
    assert table["explanations"] == ["СОУ — обученность", "▼ — плохо"]
    assert "Миронова Н. А." in told[0]["made"]


# --- spreadsheets --------------------------------------------------------------------------------


def _workbook(*rows: Any, columns: list[Column]) -> dict[str, str]:
    document = Document(title="Проба", tables=[Table(columns=columns, rows=list(rows))])
    with zipfile.ZipFile(io.BytesIO(writing.as_xlsx(document))) as box:
        return {name: box.read(name).decode() for name in box.namelist() if name.endswith("xml")}


def test_dates_figures_and_per_cents_are_such_in_a_spreadsheet():
    columns = [
        Column(title="Кто"), Column(title="Когда"), Column(title="Балл", number=True),
        Column(title="Качество, %", number=True), Column(title="Уроков", number=True),
    ]  # fmt: skip
    book = _workbook(
        ["Ёжикова", dt.date(2026, 9, 1), Decimal("4.50"), Decimal("66.7"), 12], columns=columns
    )
    sheet, styles = book["xl/worksheets/sheet1.xml"], book["xl/styles.xml"]
    assert re.findall(r"<v>([\d.]+)</v></c>", sheet)[-4:] == ["46266", "4.5", "0.667", "12"]
    for code in ("dd.mm.yyyy", "0.00", "0.0%"):
        assert f'formatCode="{code}"' in styles or code == "0.00"  # 0.00 is built into the format


def test_a_sign_belongs_to_the_look_of_a_figure_so_it_can_be_summed():
    columns = [Column(title="Кто"), Column(title="Балл", number=True)]
    book = _workbook(["Ёжикова", Cell(Decimal("2.8"), tone="bad")], columns=columns)
    assert "<v>2.8</v>" in book["xl/worksheets/sheet1.xml"]
    assert "▼" in book["xl/styles.xml"]


def test_a_sheet_has_a_frozen_head_a_filter_without_the_sums_and_fitting_widths():
    columns = [Column(title="№", number=True), Column(title="Ученик")]
    rows = [[1, "Константинопольский Александр Игоревич"], Row([None, "Всего"], "total")]
    sheet = _workbook(*rows, columns=columns)["xl/worksheets/sheet1.xml"]
    assert '<autoFilter ref="A3:B4"/>' in sheet
    assert '<pane xSplit="2" ySplit="3"' in sheet
    widths = [float(one) for one in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)]
    assert widths[1] > 3 * widths[0]


@pytest.mark.parametrize(
    "value",
    [dt.date(1, 1, 1), 10**40, Decimal("NaN"), Decimal("1E+30"), float("inf"), "=1+1", True,
     dt.datetime(2026, 9, 1, 8, 30, tzinfo=dt.UTC), Markup("<b>"), "ы" * 40_000],
)  # fmt: skip
def test_odd_values_come_into_a_spreadsheet_and_are_no_formula(value):
    columns = [Column(title="Кто", number=True), Column(title="Доля, %", number=True)]
    book = _workbook([value, value], columns=columns)
    assert "<f>" not in book["xl/worksheets/sheet1.xml"]


def test_a_workbook_of_ours_can_be_read_back():
    document = Document(
        title="Проба", tables=[Table(title="Итоги: [5А]/'6Б'*?", columns=[Column(title="Кто")],
                                     rows=[["Ёжикова"]])] * 2,
    )  # fmt: skip
    sheet = read("проба.xlsx", writing.as_xlsx(document))
    assert any("Ёжикова" in cells for _line, cells in sheet.rows)


# --- how tables fit on paper ---------------------------------------------------------------------


def _wide(count: int, value: str = "5", title: str = "Обществознание") -> Table:
    columns = [Column(title="№", number=True), Column(title="Ученик")]
    columns += [Column(title=f"{title} {n}", number=True) for n in range(count)]
    rows = [[n, "Константинопольский Александр", *[value] * count] for n in range(3)]
    return Table(columns=columns, rows=rows)


@given(count=st.integers(1, 90), value=st.sampled_from(["5", "4,25", "н/а", "123456,78"]))
@settings(max_examples=40)
def test_a_table_of_any_width_fits_with_every_column_once_and_names_on_every_part(count, value):
    table = _wide(count, value)
    parts = layout.fits(table, sideways=True)
    told = [at for part in parts for at in part.columns if at > 1]
    assert told == list(range(2, count + 2))
    for part in parts:
        assert part.columns[:2] == [0, 1]
        assert sum(part.widths) <= layout.SIDEWAYS + 1
        assert part.widths[1] >= 11 * part.size  # nobody's name is squeezed


def test_thirty_columns_lie_on_one_sheet_with_turned_headings_and_seventy_are_cut():
    thirty = layout.fits(_wide(28), sideways=True)
    assert len(thirty) == 1
    assert thirty[0].turned == set(range(2, 30))
    assert len(layout.fits(_wide(70, "4,25"), sideways=True)) > 1


def test_a_small_table_stands_upright_with_level_headings():
    table = Table(
        columns=[Column(title="Ученик"), Column(title="Средний балл", number=True)],
        rows=[["Ёжикова", Decimal("4.25")]],
    )
    assert not layout.wide(Document(title="", tables=[table]))
    (fit,) = layout.fits(table, sideways=False)
    assert (fit.turned, fit.size) == (frozenset(), layout.SIZES[0])


def test_columns_of_one_heading_are_not_torn_apart_where_they_fit():
    columns = [Column(title="Ученик")]
    columns += [
        Column(title=f"Показатель {n}", number=True, group=f"Четверть {n // 8}") for n in range(64)
    ]
    table = Table(columns=columns, rows=[["Ёжикова", *["4,25"] * 64]])
    parts = layout.fits(table, sideways=True)
    assert len(parts) > 1
    groups = [{columns[at].group for at in part.columns[1:]} for part in parts]
    assert not set.intersection(*groups)


@pytest.mark.usefixtures("school")
def test_a_paper_of_seventy_columns_is_made():
    made = writing.as_pdf(Document(title="Проба", tables=[_wide(70, "4,25")]))
    assert made.startswith(b"%PDF-")


# --- charts --------------------------------------------------------------------------------------


def _chart(kind: str, count: int, labels: int = 4) -> Chart:
    return Chart(
        title="Качество", kind=kind, labels=[f"{n}А" for n in range(labels)],
        series=[(f"Ряд {n}", [Decimal(n + at) for at in range(labels)]) for n in range(count)],
    )  # fmt: skip


SVG = "{http://www.w3.org/2000/svg}"


def _tree(chart: Chart, **how: Any) -> ElementTree.Element:
    return ElementTree.fromstring(charts.as_svg(chart, **how))


def _told(root: ElementTree.Element) -> list[str | None]:
    return [one.text for one in root.iter(f"{SVG}text")]


def _rules(root: ElementTree.Element) -> dict[str, str]:
    """The styles of a picture: what is said of each selector."""
    text = "".join(one.text or "" for one in root.iter(f"{SVG}style"))
    return {one.strip(): said for one, said in re.findall(r"([^{}]+){([^}]*)}", text)}


def _samples(root: ElementTree.Element) -> dict[str, str]:
    """What stands inside each pattern, by the words with which a style fills something with it."""
    return {
        f"fill:url(#{one.get('id')})": "".join(
            ElementTree.tostring(part, "unicode") for part in one
        )
        for one in root.iter(f"{SVG}pattern")
    }


@pytest.mark.parametrize("kind", ["bar", STACKED])
def test_bars_of_six_series_have_six_fillings_without_their_colours(kind):
    root = _tree(_chart(kind, 6))
    rules, samples = _rules(root), _samples(root)
    looks = set()
    for number in range(6):
        # Its bars and its box in the legend are both of this class.
        named = [one for one in root.iter() if f"color-{number}" in one.get("class", "").split()]
        assert {one.tag for one in named} == {f"{SVG}g", f"{SVG}rect"}
        stroke, fill = rules[f".color-{number}"].split(";")
        colour = stroke.removeprefix("stroke:")
        looks.add(samples.get(fill, fill).replace(colour, ""))
    assert len(looks) == 6


def test_lines_of_six_series_differ_by_dash_and_dots_and_the_legend_shows_the_dash():
    root = _tree(_chart(LINE, 6))
    rules, samples = _rules(root), _samples(root)
    dashes = [rules[f".color-{n} .line"].rpartition("stroke-dasharray:")[2] for n in range(6)]
    boxes = [samples[rules[f".legend .color-{n}"]] for n in range(6)]
    dots = {one.get("r") for one in root.iter(f"{SVG}circle") if "dot" in one.get("class", "")}
    assert len(set(dashes)) == 6
    assert [
        f'stroke-dasharray="{dash}"' in box for dash, box in zip(dashes, boxes, strict=True)
    ] == [True] * 6
    assert len(dots) > 2


def test_a_chart_is_described_for_those_who_hear_it_and_a_picture_only():
    chart = Chart(
        title='<script>"', labels=["5А", "5Б"], series=[("2026", [Decimal("68.0"), None])]
    )
    drawing = charts.as_svg(chart)
    assert "5А 68,0" in charts.about(chart)
    assert _tree(chart).findtext(f"{SVG}title") == '<script>"'
    assert not re.search(r"<script|<!--| on[a-z]+=|href|url\([^#]|@import", drawing)


def test_the_same_chart_gives_the_same_bytes():
    assert charts.as_svg(_chart(STACKED, 3)) == charts.as_svg(_chart(STACKED, 3))


@pytest.mark.parametrize(
    "series",
    [[], [("Пусто", [None, None])], [("Нули", [0, 0])], [("Минус", [-5, Decimal("3.5")])],
     [("Слова", ["н/а", 4])], [("Одно", [4, 4])], [("\x00\x1b", [1, 2])],
     [("Много", [10**12, 1])]],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["bar", LINE, STACKED])
def test_odd_figures_are_drawn_without_failing(series, kind):
    chart = Chart(title="", labels=["\x08а" * 40, "б"], series=series, kind=kind)
    assert _tree(chart).tag.endswith("svg")
    assert charts.about(chart)


@pytest.mark.parametrize("phone", [False, True])
def test_many_bars_make_a_picture_longer_with_every_label_and_figure_in_the_order_of_the_table(
    phone,
):
    few, many = _chart("bar", 3, labels=10), _chart("bar", 3, labels=33)
    height = [int(_tree(one, phone=phone).get("viewBox", "").split()[3]) for one in (few, many)]
    assert height[1] > 2 * height[0]
    root = _tree(many, phone=phone)
    assert {"0А", "32А", "34"} <= set(_told(root))
    places = {one.text: float(one.get("y", "")) for one in root.iter(f"{SVG}text")}
    assert places["0А"] < places["1А"] < places["32А"]


def test_what_no_sheet_holds_goes_on_in_a_second_picture_of_the_same_scale():
    chart = _chart("bar", 3, labels=33)
    first, second, *_more = parts = charts.parts(chart, charts.LOW)
    assert [label for one in parts for label in one.labels] == chart.labels
    trees = [_tree(one, whole=chart) for one in parts]
    assert all(int(one.get("viewBox", "").split()[3]) <= charts.LOW for one in trees)
    scales = [
        [text.text for text in one.findall(f".//*[@class='axis x always_show']//{SVG}text")]
        for one in trees
    ]
    assert scales[0] == scales[1] == ["0", "10", "20", "30"]
    assert (first.title, second.title) == ("Качество", "")


def test_a_page_shows_charts_as_pictures_and_another_one_on_a_phone():
    document = Document(title="", tables=[], charts=[_chart("bar", 1), _chart(LINE, 2, labels=9)])
    small, large = screen.body(document).charts
    picture = base64.b64decode(small.picture.removeprefix("data:image/svg+xml;base64,"))
    assert picture.decode() == charts.as_svg(document.charts[0])
    assert (small.narrow, small.phone) == (True, "")
    assert not large.narrow
    assert large.phone.startswith("data:image/svg+xml;base64,")


def test_a_chart_without_a_figure_is_left_out():
    empty = Chart(title="Пусто", labels=["5А"], series=[("Ряд", [None])], kind=LINE)
    body = screen.body(Document(title="", tables=[], charts=[empty, _chart("bar", 1)]))
    assert len(body.charts) == 1
