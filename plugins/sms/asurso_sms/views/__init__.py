"""Pages of the plugin, by who uses them: machines, owners of numbers, the administrator."""

from __future__ import annotations

from asurso_sms.views import administration, calls, own, questions
from asurso_sms.views.blueprint import sms

del administration, calls, own, questions

__all__ = ["sms"]
