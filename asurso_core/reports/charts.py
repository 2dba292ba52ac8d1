"""Charts of reports as drawings: told apart in grey by pattern, dash and mark, never by colour.

A drawing is one SVG without scripts, styles or outward links, so that it stands inside a page and
on paper alike. Ink is ``currentColor``; a page gives other colours to the classes ``chart-s0`` to
``chart-s5`` (reports.css), paper takes those written here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from asurso_core.i18n import gettext as _
from asurso_core.reports.documents import LINE, STACKED, Chart, shown, value_of

#: All measures are units of the drawing, which is shown at any width: what is read on a phone is
#: narrower, with larger letters.
WIDTH, NARROW, PLOT = 900, 460, 250
_LEFT, _RIGHT, _TOP = 52, 10, 42
#: More bars, or more labels, than these are continued in a second row of the same drawing.
_BARS, _LABELS = 42, 32
_COLOURS = ("#3546a6", "#b0241d", "#17653a", "#7d4b00", "#17577f", "#555a6d")
_DASHES = ("", "7 4", "2 3", "11 4 2 4", "1 5", "14 6")
#: How wide a sign is, at the size at which labels are written.
_SIGN = 6.4
_LONGEST = 26
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def as_svg(chart: Chart, name: str = "chart") -> str:
    """A chart as a drawing with its values, a legend, and a description that is read aloud.

    ``name`` begins the ids inside it: drawings of one page need different ones.
    """
    labels, drawing = _prepared(chart, name)
    series = drawing.series
    parts: list[str] = []
    height = 0.0
    if not any(value is not None for one in series for value in one.values):
        parts.append(_words(drawing.width / 2, 40, _("No figures"), anchor="middle"))
        height = 70.0
    else:
        scale = _scale(chart.kind, series)
        for first, last in _rows(len(labels), len(series), chart.kind):
            drawn, height = drawing.row(labels[first:last], (first, last), scale, height)
            parts += drawn
        drawn, height = drawing.legend(height)
        parts += drawn
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{drawing.shape}" viewBox="0 0 '
        f'{drawing.width} {math.ceil(height)}" role="img" '
        f'aria-labelledby="{name}-title {name}-about" '
        'color="#1d2135" fill="currentColor" font-size="12" '
        'font-family="Libertinus Serif, DejaVu Sans, sans-serif">'
        f'<title id="{name}-title">{_xml(_text(chart.title))}</title>'
        f'<desc id="{name}-about">{_xml(drawing.about(labels))}</desc>'
        f"<defs>{''.join(drawing.patterns())}</defs>{''.join(parts)}</svg>"
    )


def about(chart: Chart) -> str:
    """What a drawing shows, in words: for those who hear it."""
    labels, drawing = _prepared(chart, "")
    return drawing.about(labels)


def _prepared(chart: Chart, name: str) -> tuple[list[str], _Drawing]:
    series = [
        _Series(number, _text(title), [_figure(one) for one in values])
        for number, (title, values) in enumerate(chart.series)
    ]
    labels = [_text(one) for one in chart.labels]
    return labels, _Drawing(name, chart.kind, series, _places(chart), _width(chart, labels))


def _width(chart: Chart, labels: list[str]) -> int:
    """A narrow drawing where its bars and labels fit into it."""
    bars = 1 if chart.kind in {LINE, STACKED} else len(chart.series)
    longest = max((len(one) for one in labels), default=0) * _SIGN + 8
    slot = max(min(longest, 90.0), bars * 30.0)
    return NARROW if slot * len(labels) <= NARROW - _LEFT - _RIGHT else WIDTH


def is_narrow(chart: Chart) -> bool:
    """Whether a drawing needs only a part of a sheet's width."""
    return _width(chart, [_text(one) for one in chart.labels]) == NARROW


# --- values --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Series:
    number: int
    title: str
    values: list[float | None]

    @property
    def look(self) -> int:
        """Which pattern, dash and mark it has; they come again after the sixth."""
        return self.number % len(_COLOURS)


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    step: float

    @property
    def places(self) -> int:
        """How many places its figures need."""
        return next(one for one in range(4) if one == 3 or not round(self.step * 10**one, 6) % 1)

    def at(self, value: float) -> float:
        """How far above the foot of the plot a value stands."""
        return PLOT * (value - self.low) / (self.high - self.low)


def _figure(value: Any) -> float | None:
    found = value_of(value)
    if found is None or isinstance(found, str):
        return None
    figure = float(found)
    return figure if math.isfinite(figure) else None


def _text(value: Any) -> str:
    return _ILLEGAL.sub("", str(value))


def _xml(text: str) -> str:
    return escape(text, quote=True)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _places(chart: Chart) -> int:
    """How many places the figures of a chart have: those of its decimals, two at the most."""
    found = [value_of(value) for _title, values in chart.series for value in values]
    exact = [-int(one.as_tuple().exponent) for one in found if isinstance(one, Decimal)
             and one.is_finite()]  # fmt: skip
    if any(isinstance(one, float) for one in found):
        exact.append(2)
    return max(0, min(2, max(exact, default=0)))


def _told(value: float, places: int) -> str:
    return shown(Decimal(f"{value:.{places}f}"))


def _scale(kind: str, series: list[_Series]) -> _Scale:
    """Round figures from below the least to above the greatest; bars begin at nought."""
    if kind == STACKED:
        columns = zip(*(one.values for one in series), strict=True)
        values = [sum(one or 0 for one in column) for column in columns]
    else:
        values = [value for one in series for value in one.values if value is not None]
    low, high = min(values), max(values)
    if kind != LINE:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low - 1, high + 1) if kind == LINE else (low, high + 1)
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    return _Scale(math.floor(low / step) * step, math.ceil(high / step) * step, step)


def _rows(labels: int, series: int, kind: str) -> list[tuple[int, int]]:
    """Which labels stand in which row of the drawing; rows are of equal length."""
    most = _LABELS if kind in {LINE, STACKED} else max(1, min(_LABELS, _BARS // series))
    count = math.ceil(labels / most)
    length = math.ceil(labels / count)
    return [(at, min(at + length, labels)) for at in range(0, labels, length)]


# --- drawing -------------------------------------------------------------------------------------


def _n(value: float) -> str:
    """A measure without needless places."""
    return f"{value:.1f}".removesuffix(".0")


def _words(
    x: float, y: float, text: str, *, anchor: str = "start", turn: int = 0, halo: bool = False
) -> str:
    turned = f' transform="rotate({turn} {_n(x)} {_n(y)})"' if turn else ""
    edge = (
        ' class="chart-halo" stroke="#fff" stroke-width="4" paint-order="stroke" '
        'stroke-linejoin="round"'
        if halo
        else ""
    )
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    return f"<text {place}{turned}{edge}>{_xml(text)}</text>"


def _mark(look: int, x: float, y: float) -> str:
    """A point of a line: six forms, the last two hollow."""
    a, b = 4.5, 5.5
    hollow = ' class="chart-ground" fill="#fff"' if look > 3 else ""
    if look in {0, 4}:
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{a}"{hollow}/>'
    corners = {
        1: ((-a, -a), (a, -a), (a, a), (-a, a)),
        2: ((0, -b), (b, a), (-b, a)),
        3: ((0, -b - 1), (b, 0), (0, b + 1), (-b, 0)),
        5: ((-a, -a), (a, -a), (a, a), (-a, a)),
    }[look]
    points = " ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in corners)
    return f'<polygon points="{points}"{hollow}/>'


@dataclass(frozen=True)
class _Drawing:
    name: str
    kind: str
    series: list[_Series]
    places: int
    width: int

    @property
    def shape(self) -> str:
        """The class by which a page knows how wide to show it."""
        return "chart chart-narrow" if self.width == NARROW else "chart"

    def told(self, value: float) -> str:
        """A figure with the places of this chart."""
        return _told(value, self.places)

    def about(self, labels: list[str]) -> str:
        """What the picture shows, for those who hear it: all values, or the ends of many."""
        told = [_("Lines") if self.kind == LINE else _("Bars")]
        for one in self.series:
            pairs = [
                (label, value)
                for label, value in zip(labels, one.values, strict=True)
                if value is not None
            ]
            if not pairs:
                continue
            words = "; ".join(f"{label} {self.told(value)}" for label, value in pairs)
            if len(pairs) > 12:
                least, most = min(pairs, key=lambda p: p[1]), max(pairs, key=lambda p: p[1])
                words = _("from %(low)s (%(low_at)s) to %(high)s (%(high_at)s)",
                          low=self.told(least[1]), low_at=least[0],
                          high=self.told(most[1]), high_at=most[0])  # fmt: skip
            told.append(f"{one.title}: {words}")
        return ". ".join(told)

    def patterns(self) -> list[str]:
        """The fillings of bars: solid, hatched, dotted, crossed, lined, empty."""
        if self.kind == LINE:
            return []
        line = '<path d="{}" stroke="currentColor" stroke-width="{}" fill="none"/>'
        inside = {
            1: (8, line.format("M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6", 2)),
            2: (7, '<circle cx="3.5" cy="3.5" r="1.7" fill="currentColor"/>'),
            3: (8, line.format("M0 0 L8 8 M8 0 L0 8", 1.1)),
            4: (5, line.format("M0 2.5 H5", 1.6)),
        }
        return [
            f'<pattern id="{self.name}-p{look}" class="chart-s{look}" color="{_COLOURS[look]}" '
            f'width="{size}" height="{size}" patternUnits="userSpaceOnUse">{body}</pattern>'
            for look, (size, body) in inside.items()
            if any(one.look == look for one in self.series)
        ]

    def _open(self, look: int) -> str:
        return f'<g class="chart-s{look}" color="{_COLOURS[look]}">'

    def _fill(self, look: int) -> str:
        filling = {0: "currentColor", 5: "none"}.get(look, f"url(#{self.name}-p{look})")
        return f'fill="{filling}" stroke="currentColor" stroke-width="1.2"'

    def row(
        self, labels: list[str], span: tuple[int, int], scale: _Scale, top: float
    ) -> tuple[list[str], float]:
        """One row of the drawing from ``top`` on, and where it ends."""
        foot = top + _TOP + PLOT
        slot = (self.width - _LEFT - _RIGHT) / len(labels)
        parts = self._grid(scale, foot)
        longest = max(len(_short(one)) for one in labels) * _SIGN
        turned = longest > slot - 4
        for at, label in enumerate(labels):
            x = _LEFT + (at + 0.5) * slot
            # Reading upwards, so that the end of a turned label stands under its bar.
            parts.append(
                _words(x + 4, foot + 14, _short(label), anchor="end", turn=-40)
                if turned
                else _words(x, foot + 17, label, anchor="middle")
            )
        draw = {LINE: self._lines, STACKED: self._stacks}.get(self.kind, self._bars)
        parts += draw(span, scale, slot, foot)
        return parts, foot + (longest * 0.64 + 24 if turned else 26)

    def _grid(self, scale: _Scale, foot: float) -> list[str]:
        parts = []
        for number in range(round((scale.high - scale.low) / scale.step) + 1):
            value = scale.low + number * scale.step
            y = foot - scale.at(value)
            strong = abs(value) < scale.step / 1000 or number == 0
            ink = 'stroke-width="1.2"' if strong else 'stroke-width=".6" stroke-opacity=".35"'
            ends = f'x1="{_LEFT}" x2="{self.width - _RIGHT}" y1="{_n(y)}" y2="{_n(y)}"'
            parts.append(f'<line {ends} stroke="currentColor" {ink}/>')
            parts.append(_words(_LEFT - 6, y + 4, _told(value, scale.places), anchor="end"))
        return parts

    def _bars(self, span: tuple[int, int], scale: _Scale, slot: float, foot: float) -> list[str]:
        width = min(slot * 0.78 / len(self.series), 60)
        begin = (slot - width * len(self.series)) / 2
        zero = foot - scale.at(0)
        parts: list[str] = []
        figures: list[str] = []
        for place, one in enumerate(self.series):
            parts.append(self._open(one.look))
            for at, value in enumerate(one.values[slice(*span)]):
                if value is None:
                    continue
                x = _LEFT + at * slot + begin + place * width
                y = foot - scale.at(value)
                parts.append(self._box(one.look, x + 0.8, min(y, zero), width - 1.6, abs(zero - y)))
                figures.append(_beside(x + width / 2, y, self.told(value), width))
            parts.append("</g>")
        return parts + figures

    def _box(self, look: int, x: float, y: float, width: float, height: float) -> str:
        place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
        return f"<rect {place} {self._fill(look)}/>"

    def _stacks(self, span: tuple[int, int], scale: _Scale, slot: float, foot: float) -> list[str]:
        width = min(slot * 0.7, 70)
        below = [0.0] * (span[1] - span[0])
        parts: list[str] = []
        figures: list[str] = []
        for one in self.series:
            parts.append(self._open(one.look))
            for at, value in enumerate(one.values[slice(*span)]):
                if not value:
                    continue
                x = _LEFT + at * slot + (slot - width) / 2
                height = scale.at(scale.low + value)
                y = foot - scale.at(below[at]) - height
                below[at] += value
                parts.append(self._box(one.look, x, y, width, height))
                if height > 15 and width > 22:
                    figures.append(_inside(x + width / 2, y + height / 2, self.told(value)))
            parts.append("</g>")
        if len(self.series) > 1:
            figures += [
                _beside(_LEFT + (at + 0.5) * slot, foot - scale.at(value), self.told(value), width)
                for at, value in enumerate(below)
            ]
        return parts + figures

    def _lines(self, span: tuple[int, int], scale: _Scale, slot: float, foot: float) -> list[str]:
        parts: list[str] = []
        figures: list[str] = []
        # Figures of many lines would cover each other; they stand in the table.
        told = len(self.series) <= 2 and span[1] - span[0] <= 16
        for one in self.series:
            points = [
                None if value is None else (_LEFT + (at + 0.5) * slot, foot - scale.at(value))
                for at, value in enumerate(one.values[slice(*span)])
            ]
            dash = f' stroke-dasharray="{_DASHES[one.look]}"' if _DASHES[one.look] else ""
            path = " ".join(_path(points))
            parts += [
                self._open(one.look),
                f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="2"{dash}/>'
                if path
                else "",
                '<g stroke="currentColor" stroke-width="1.6" fill="currentColor">',
                *(_mark(one.look, *point) for point in points if point),
                "</g></g>",
            ]
            if told:
                shift = 18 if one.number else -10
                figures += [
                    _words(point[0], point[1] + shift, self.told(value), anchor="middle", halo=True)
                    for point, value in zip(points, one.values[slice(*span)], strict=True)
                    if point and value is not None
                ]
        return parts + figures

    def legend(self, top: float) -> tuple[list[str], float]:
        """Samples of every series with its title below the plot; none for a single one."""
        if len(self.series) < 2:
            return [], top + 6
        x, y = float(_LEFT), top + 18
        parts: list[str] = []
        for one in self.series:
            length = 46 + len(one.title) * _SIGN * 1.12
            if x > _LEFT and x + length > self.width - _RIGHT:
                x, y = float(_LEFT), y + 22
            parts.append(self._open(one.look))
            if self.kind == LINE:
                dash = f' stroke-dasharray="{_DASHES[one.look]}"' if _DASHES[one.look] else ""
                ends = f'x1="{_n(x)}" x2="{_n(x + 34)}" y1="{_n(y - 4)}" y2="{_n(y - 4)}"'
                parts.append(f'<line {ends} stroke="currentColor" stroke-width="2"{dash}/>')
                parts.append(f'<g stroke="currentColor">{_mark(one.look, x + 17, y - 4)}</g>')
            else:
                parts.append(self._box(one.look, x + 4, y - 11, 26, 14))
            parts += ["</g>", _words(x + 40, y, one.title)]
            x += length + 18
        return parts, y + 12


def _beside(x: float, y: float, text: str, width: float) -> str:
    """A figure at the end of a bar; turned where the bar is narrow."""
    if len(text) * _SIGN * 1.1 <= width:
        return _words(x, y - 5, text, anchor="middle")
    return _words(x + 4, y - 5, text, turn=-90)


def _inside(x: float, y: float, text: str) -> str:
    """A figure in the middle of a bar, on a ground of its own for the pattern not to hide it."""
    width = len(text) * _SIGN + 6
    place = f'x="{_n(x - width / 2)}" y="{_n(y - 7)}" width="{_n(width)}" height="14"'
    ground = f'<rect class="chart-ground" fill="#fff" {place}/>'
    return ground + _words(x, y + 4, text, anchor="middle")


def _path(points: Sequence[tuple[float, float] | None]) -> list[str]:
    """Lines between neighbours; a missing value leaves a gap."""
    words = []
    for before, point in zip([None, *points], points, strict=False):
        if point is not None:
            words.append(f"{'L' if before else 'M'}{_n(point[0])} {_n(point[1])}")
    return words
