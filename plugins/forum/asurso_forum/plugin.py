"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(
    title=_l("Forum"), about=_l("Talk at school: sections, topics, messages, moderation")
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages of the forum."""
    from asurso_forum.views import forum

    return [forum]


@hookimpl
def asurso_navigation() -> list[Any]:
    """The forum in the menu."""
    from asurso_forum import widgets

    return widgets.NAVIGATION


@hookimpl
def asurso_widgets() -> list[Any]:
    """What is new in the forum."""
    from asurso_forum import widgets

    return widgets.WIDGETS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Reading, writing, moderating, opening sections."""
    from asurso_forum import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_scopes() -> list[Any]:
    """Sections by their own rights."""
    from asurso_forum import permissions

    return permissions.SCOPES


@hookimpl
def asurso_resources() -> list[Any]:
    """How topics and messages hang on sections."""
    from asurso_forum import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_settings() -> list[Any]:
    """How long one may edit, how much pupils may write."""
    from asurso_forum import policy

    return policy.SETTINGS


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for deeds of the forum."""
    from asurso_forum import kinds

    return kinds.KINDS


@hookimpl
def asurso_search(actor: Actor, text: str, limit: int) -> list[Any]:
    """Messages that hold the words, within the reader's sections."""
    from asurso_forum import finding

    return finding.hits(actor, text, limit)


@hookimpl
def asurso_personal_data() -> list[Any]:
    """What a person wrote and did in the forum."""
    from asurso_forum import personal

    return personal.PERSONAL_DATA


@hookimpl
def asurso_file_kinds() -> list[Any]:
    """Pictures in messages."""
    from asurso_forum import widgets

    return widgets.FILE_KINDS


@hookimpl
def asurso_demo() -> list[Any]:
    """What the demonstration school talks about."""
    from asurso_forum import demo

    return demo.STEPS
