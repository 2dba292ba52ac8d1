"""Charts of reports as SVG pictures, drawn by pygal; told apart in grey, never by colour alone.

Bars are hatched, lines dashed, figures written beside them. A picture holds no script and no link,
and the same chart gives the same bytes. It carries styles: a page shows it in an ``<img>``.
"""

from __future__ import annotations

import functools
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from asurso_core.i18n import gettext as _
from asurso_core.reports.documents import LINE, STACKED, Chart, shown, value_of

#: How wide a picture is that fills a sheet, and one for a phone or of few bars (units).
WIDE, NARROW = 900, 400
#: How high it may be for A4 on its side, and upright.
LOW, HIGH = 720, 1080
#: The size of letters, and how wide pygal takes one for; the side of a sample of a line.
_LETTER, _SIGN, _BOX = 14, 8.4, 24
_FOOT = 60  # what lying bars need beside themselves
_INK, _PALE, _PAPER = "#1d2135", "#b9bdcb", "#ffffff"
#: How each of six series looks; they come again after the sixth. The first is solid without a
#: pattern, which would show its seams on paper.
_COLOURS = ("#3546a6", "#b0241d", "#17653a", "#7d4b00", "#17577f", "#555a6d")
_HATCHES = (
    "",
    '<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="{0}" stroke-width="2"/>',
    '<circle cx="4" cy="4" r="2" fill="{0}"/>',
    '<path d="M0 0L8 8M8 0L0 8" stroke="{0}"/>',
    '<path d="M0 2H8M0 6H8" stroke="{0}" stroke-width="1.5"/>',
    "",
)
_DASHES = ("none", "7 4", "2 3", "11 3 2 3", "1 6", "16 4")
_DOTS = (5, 4, 6, 3, 6, 4)  # how large; every second one is hollow
#: Our own instead of the library's, which is for pointers and wins over what is asked for.
_STYLE = f"""
.background {{ fill: {_PAPER}; }}
text {{ fill: {_INK}; }}
.axis.x text, .no_data {{ text-anchor: middle; }}
.axis.y text, .axis.x text[transform] {{ text-anchor: end; }}
.axis .line {{ stroke: {_INK}; }}
.axis .guide.line {{ stroke: {_PALE}; }}
.vertical .axis.x .guide.line, .horizontal .axis.y .guide.line {{ stroke: none; }}
.nofill {{ fill: none; stroke-width: 2; }}
text.value {{ stroke: {_PAPER}; stroke-width: 3; stroke-linejoin: round; paint-order: stroke; }}
.bar-graph text.value, .horizontalbar-graph text.value {{ stroke: none; }}
.horizontalbar-graph text.value {{ text-anchor: start; }}
"""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@functools.cache
def _pygal() -> Any:
    """The library, without the importer of its maps that it puts before everybody's.

    That one has the form of Python 2: every import after it would warn.
    """
    import pygal
    import pygal.style

    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "PluginImportFixer"]
    pygal.etree.etree.to_etree()  # else the bytes would depend on whether lxml stands beside it
    return pygal


def has_figures(chart: Chart) -> bool:
    """Whether there is anything to draw: a chart without a figure is left out."""
    return any(_figure(one) is not None for _title, values in chart.series for one in values)


def as_svg(chart: Chart, *, phone: bool = False, whole: Chart | None = None) -> str:
    """A chart as a picture, for a ``phone`` in a narrow one; a part has the scale of the whole."""
    pygal, line, stacked = _pygal(), chart.kind == LINE, chart.kind == STACKED
    width, upright = _shape(chart, phone=phone)
    labels = [_short(_text(one), 18 if width == NARROW else 30) for one in chart.labels]
    titles = [_text(title) for title, _values in chart.series]
    count, room, (low, high) = len(titles), width - 90, _range(whole or chart)
    some = has_figures(chart)
    turned = line and max(map(len, labels), default=0) * _SIGN * len(labels) > room
    columns, legend = _legend(chart, width)
    height = 300 + 90 * turned if upright else _FOOT + len(labels) * _row(chart)
    kind = "Line" if line else f"{'' if upright else 'Horizontal'}{'Stacked' * stacked}Bar"
    drawing = getattr(pygal, kind)(
        width=width, height=height + legend, margin=14, margin_right=50, range=(low, high), js=[],
        style=pygal.style.Style(
            font_family="Libertinus Serif, DejaVu Sans, sans-serif", label_font_size=_LETTER,
            major_label_font_size=_LETTER, value_font_size=_LETTER - 1,
            legend_font_size=_LETTER, no_data_font_size=_LETTER,
        ),
        defs=[_sample(look, chart.kind) for look in range(min(count, len(_COLOURS)))],
        css=["inline:" + _STYLE + "".join(_look(one, chart.kind) for one in range(count))],
        show_x_labels=some, show_y_labels=some, show_legend=some and count > 1,
        legend_at_bottom=True, legend_at_bottom_columns=columns,
        legend_box_size=_BOX if line else 16, truncate_legend=-1, truncate_label=-1,
        min_scale=3, max_scale=10, x_label_rotation=-45 * turned, show_minor_x_labels=not turned,
        x_labels_major_every=math.ceil(len(labels) * 22 / room) or 1, allow_interruptions=True,
        print_values=not line or (count <= 2 and len(labels) <= (8 if phone else 16)),
        print_values_position="center" if stacked else "top", no_data_text=_("No figures"),
        value_formatter=lambda value: _told(value, 4).rstrip("0").rstrip(","),
        disable_xml_declaration=True, explicit_size=True,
    )  # fmt: skip
    drawing.uuid = "chart"  # of itself it is another one each time
    order = 1 if upright else -1  # lying bars are drawn from the foot upwards
    drawing.x_labels = labels[::order]
    least = high / 25 if stacked else -math.inf
    for number, (_title, values) in enumerate(chart.series):
        told = functools.partial(_told, places=_places(values))
        drawing.add(
            titles[number], [_figure(one) for one in values][::order],
            dots_size=_DOTS[number % len(_DOTS)],
            formatter=lambda value, told=told: told(value) if value > least else "",
        )  # fmt: skip
    drawing.add_xml_filter(lambda root: _cleaned(root, _text(chart.title), line=line))
    return str(drawing.render())


def _sample(look: int, kind: str) -> str:
    """What fills the bars of a series, or the box of a line in the legend."""
    colour, middle = _COLOURS[look], _BOX // 2
    size = 'width="8" height="8" patternUnits="userSpaceOnUse"'
    inside = f'<rect width="8" height="8" fill="{_PAPER}"/>{_HATCHES[look].format(colour)}'
    if kind == LINE:
        size = 'width="1" height="1"'
        inside = (
            f'<path d="M0 {middle}H{_BOX}" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{_DASHES[look]}"/><circle cx="{middle}" cy="{middle}" '
            f'r="{_DOTS[look]}" stroke="{colour}" fill="{_PAPER if look % 2 else colour}"/>'
        )
    return f'<pattern id="look-{look}" {size}>{inside}</pattern>'


def _look(number: int, kind: str) -> str:
    """The style of a series and of its box in the legend."""
    look = number % len(_COLOURS)
    colour, own, sample = _COLOURS[look], f".color-{number}", f"url(#look-{look})"
    if kind != LINE:
        return f"{own} {{ stroke: {colour}; fill: {sample if look else colour}; }}\n"
    return (
        f"{own} .line {{ stroke: {colour}; stroke-dasharray: {_DASHES[look]}; }}\n"
        f"{own} .dot {{ stroke: {colour}; fill: {_PAPER if look % 2 else colour}; }}\n"
        f".legend {own} {{ fill: {sample}; }}\n"
    )


def _cleaned(root: Any, title: str, *, line: bool) -> Any:
    """The drawing without what is for scripts, and without the day on which it was made."""
    root.find("title").text = title
    for above in list(root.iter()):
        for one in list(above):
            waste = not isinstance(one.tag, str) or one.tag in {"script", "desc"}
            if waste or "tooltip" in one.get("class", "").split():
                above.remove(one)
    if line:
        _apart(root.findall(".//*[@class='plot text-overlay']/*"))
    return root


def _apart(lines: list[Any]) -> None:
    """Figures of two lines, which stand below their points: the upper one of each pair rises."""
    upper: dict[str, Any] = {}
    for text in (one for line in lines for one in line.findall("text")):
        before = upper.setdefault(text.get("x"), text)
        if float(text.get("y")) < float(before.get("y")):
            upper[text.get("x")] = text
    for text in upper.values():
        text.set("y", str(float(text.get("y")) - 2 * _LETTER))


def about(chart: Chart) -> str:
    """What a picture shows, in words: all values, or the ends of many."""
    told = [_("Lines") if chart.kind == LINE else _("Bars")]
    for title, values in chart.series:
        places = _places(values)
        pairs = [
            (_text(label), figure)
            for label, figure in zip(chart.labels, map(_figure, values), strict=True)
            if figure is not None
        ]
        if not pairs:
            continue
        words = "; ".join(f"{label} {_told(figure, places)}" for label, figure in pairs)
        if len(pairs) > 12:
            least, most = min(pairs, key=lambda p: p[1]), max(pairs, key=lambda p: p[1])
            words = _("from %(low)s (%(low_at)s) to %(high)s (%(high_at)s)",
                      low=_told(least[1], places), low_at=least[0],
                      high=_told(most[1], places), high_at=most[0])  # fmt: skip
        told.append(f"{_text(title)}: {words}")
    return ". ".join(told)


def is_narrow(chart: Chart) -> bool:
    """Whether a picture needs only a part of a sheet's width."""
    return _shape(chart, phone=False)[0] == NARROW


def parts(chart: Chart, most: int) -> list[Chart]:
    """A chart as charts whose pictures are at ``most`` so high, for a sheet of paper."""
    width, upright = _shape(chart, phone=False)
    room = most - _FOOT - _legend(chart, width)[1]
    count = math.ceil(len(chart.labels) / max(1, room // _row(chart)))
    if upright or count <= 1:
        return [chart]
    length = math.ceil(len(chart.labels) / count)
    return [
        replace(
            chart, title=chart.title if not at else "", labels=chart.labels[at : at + length],
            series=[(title, values[at : at + length]) for title, values in chart.series],
        )
        for at in range(0, len(chart.labels), length)
    ]  # fmt: skip


# --- values and measures -------------------------------------------------------------------------


def _shape(chart: Chart, *, phone: bool) -> tuple[int, bool]:
    """Width of a picture, and whether labels and figures fit below and above upright bars."""
    label = max((len(_text(one)) for one in chart.labels), default=0)
    bars = 1 if chart.kind == STACKED else len(chart.series)
    need = max((label + 1) * _SIGN, bars * 46) * len(chart.labels)
    if need <= NARROW - 90 and len(chart.labels) > 2:
        return NARROW, True
    if chart.kind == LINE:
        return (NARROW if phone else WIDE), True
    if phone or len(chart.labels) <= 2:
        return NARROW, False
    return WIDE, need <= WIDE - 90


def _legend(chart: Chart, width: int) -> tuple[int, int]:
    """How many titles of series stand beside each other, and how high they are together."""
    count, line = len(chart.series), 36 if chart.kind == LINE else 24
    whole = sum(len(_text(title)) * _SIGN + 45 for title, _values in chart.series)
    columns = count if whole <= width - 90 else 1
    return columns, 0 if count < 2 else 12 + line * (count // columns)


def _row(chart: Chart) -> int:
    """How high what belongs to one label is, where bars lie."""
    return 8 + 18 * (1 if chart.kind == STACKED else max(1, len(chart.series)))


def _figure(value: Any) -> float | None:
    found = value_of(value)
    if found is None or isinstance(found, str):
        return None
    figure = float(found)
    return figure if math.isfinite(figure) else None


def _range(chart: Chart) -> tuple[float, float]:
    """From below the least to the greatest figure; bars begin at nought."""
    series = [[_figure(one) for one in values] for _title, values in chart.series]
    if chart.kind == STACKED:
        series = [[sum(one or 0 for one in column) for column in zip(*series, strict=True)]]
    values = [one for line in series for one in line if one is not None] or [0.0]
    if chart.kind != LINE:
        values.append(0.0)
    low, high = min(values), max(values)
    spare = (high - low) * 0.1 or 1
    return (low - spare, high + spare) if chart.kind == LINE else (low, high * 1.06 or 1)


def _text(value: Any) -> str:
    return _ILLEGAL.sub("", str(value))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _places(values: Sequence[Any]) -> int:
    """How many places the figures of a series have: those of its decimals, two at the most."""
    found = [value_of(value) for value in values]
    exact = [-int(one.as_tuple().exponent) for one in found if isinstance(one, Decimal)
             and one.is_finite()]  # fmt: skip
    if any(isinstance(one, float) for one in found):
        exact.append(2)
    return max(0, min(2, max(exact, default=0)))


def _told(value: float, places: int) -> str:
    return shown(Decimal(f"{value:.{places}f}"))
