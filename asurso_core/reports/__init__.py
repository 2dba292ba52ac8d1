"""Reports: an owner says what stands in them, the kernel shows, prints and keeps them."""

from __future__ import annotations

from asurso_core.reports.catalogue import link
from asurso_core.reports.documents import (
    BAR,
    LINE,
    STACKED,
    Cell,
    Chart,
    Column,
    Document,
    Report,
    Row,
    Table,
    percent,
)
from asurso_core.reports.params import (
    ClassField,
    GroupField,
    ParallelField,
    PeriodField,
    PupilField,
    ReportForm,
    SubjectField,
    TeacherField,
    YearField,
    of_everybody,
    span_of,
)
from asurso_core.reports.progress import progress
from asurso_core.reports.sending import Paper, ReportDestination

__all__ = [
    "BAR",
    "LINE",
    "STACKED",
    "Cell",
    "Chart",
    "ClassField",
    "Column",
    "Document",
    "GroupField",
    "Paper",
    "ParallelField",
    "PeriodField",
    "PupilField",
    "Report",
    "ReportDestination",
    "ReportForm",
    "Row",
    "SubjectField",
    "Table",
    "TeacherField",
    "YearField",
    "link",
    "of_everybody",
    "percent",
    "progress",
    "span_of",
]
