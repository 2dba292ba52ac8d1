"""The blueprint that the pages of the board share, and what they all do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from asurso_core import files
from asurso_core.errors import Invalid
from asurso_core.forms import Form

pages = Blueprint("announcements", __name__)


def blame(form: Form, refusal: Invalid) -> None:
    """Show what a service refused at the fields of the form."""
    for name, texts in refusal.fields.items():
        field = form._fields.get(name)
        if field is None:
            form.form_errors.extend(texts)
        else:
            field.errors = [*field.errors, *texts]
    if not refusal.fields:
        form.form_errors.append(refusal.message)


@pages.context_processor
def _files() -> dict[str, Any]:
    """Words about files for the templates."""
    return {"file_url": files.url, "file_size": files.in_words}
