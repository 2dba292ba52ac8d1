"""Pages of the plugin, by who uses them: machines, owners of numbers, the administrator."""

from __future__ import annotations

from asurso_sms.views import administration, broadcasts, calls, own, questions, templates
from asurso_sms.views.blueprint import sms

del administration, broadcasts, calls, own, questions, templates

__all__ = ["sms"]
