"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(
    title=_l("Text messages"),
    about=_l("SMS to confirmed numbers: gateways, delivery reports, costs"),
)


@hookimpl
def asurso_permissions() -> list[Any]:
    """Seeing messages, keeping numbers."""
    from asurso_sms import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_resources() -> list[Any]:
    """How messages hang on persons and classes."""
    from asurso_sms import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for the deeds that are recorded."""
    from asurso_sms import kinds

    return kinds.KINDS
