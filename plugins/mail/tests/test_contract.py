"""What every plugin promises, asked of this one."""

from asurso_core.testing.contract import *  # noqa: F403
