"""The gateways of this school: what the configuration says, made into objects."""

from __future__ import annotations

from asurso_sms.gateways.configuration import (
    DEFAULT,
    Setup,
    file_gateway,
    gateway,
    setup,
)
from asurso_sms.gateways.options import Faulty

__all__ = ["DEFAULT", "Faulty", "Setup", "file_gateway", "gateway", "setup"]
