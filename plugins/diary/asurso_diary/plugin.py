"""Table of contents of the plugin."""

from __future__ import annotations

from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(title=_l("diary"), about="")
