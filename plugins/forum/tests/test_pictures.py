"""A picture in a message is seen by whoever may read the message, and by nobody else."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from asurso_forum import services
from asurso_forum.models import Message


@pytest.fixture
def picture():
    """A small picture as a browser sends it."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    return lambda: (io.BytesIO(out.getvalue()), "лист [1].png")


def _send(browser, topic, image):
    return browser.post(
        f"/forum/topic/{topic.id}/write", data={"text": "Вот лист", "image": image},
        content_type="multipart/form-data",
    )  # fmt: skip


def test_a_picture_follows_the_rights_of_its_message(section, topic, picture, login_as, school):
    made = topic(section(classes=["5А"]))
    assert _send(login_as("pupil"), made, picture()).status_code == 303
    page = login_as("pupil_2").get(f"/forum/topic/{made.id}").text
    url = re.search(r'<img src="(/files/[^"]+)"', page)[1]
    assert login_as("pupil_2").get(url).mimetype.startswith("image/")
    assert login_as("pupil_6").get(url).status_code == 404
    message = Message.get(Message.topic == made, Message.number == 2)
    services.hide(school.actor("admin"), message.id, "x")
    assert login_as("pupil_2").get(url).status_code == 404


def test_what_is_not_a_picture_is_refused_and_nothing_is_written(section, topic, login_as):
    made = topic(section())
    svg = (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), "a.png")
    assert _send(login_as("pupil"), made, svg).status_code == 422
    assert Message.select().where(Message.topic == made).count() == 1
