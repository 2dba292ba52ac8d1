"""Items of the small school, for the portfolio's tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from asurso_core.testing.make import SmallSchool
from asurso_portfolio import services
from asurso_portfolio.models import Item


@pytest.fixture
def item(school: SmallSchool) -> Callable[..., Item]:
    """``item("pupil", visibility="class")`` enters an achievement of somebody."""

    def make(owner: str = "pupil", kind: str = "achievement", **values: Any) -> Item:
        given = {"title": "Олимпиада по математике", "text": "", "visibility": "me", **values}
        return services.create(school.actor(owner, values.pop("side", None)), kind, given)

    return make


@pytest.fixture
def scan() -> Callable[..., FileStorage]:
    """``scan("диплом.png")`` is a picture as a browser sends it."""

    def make(name: str = "диплом.png", color: str = "#cc3333") -> FileStorage:
        out = io.BytesIO()
        Image.new("RGB", (60, 80), color).save(out, "PNG")
        out.seek(0)
        return FileStorage(out, filename=name, content_type="image/png")

    return make
