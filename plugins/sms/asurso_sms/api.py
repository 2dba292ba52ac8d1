"""What other plugins may use of text messages."""

from __future__ import annotations

from asurso_sms.alphabet import count
from asurso_sms.models import (
    ANSWER,
    BROADCAST,
    CODE,
    NOTICE,
    SERVICE,
    Message,
)
from asurso_sms.queries import number_for, reachable, states_of
from asurso_sms.services.budget import OverBudget, demand
from asurso_sms.services.messages import Unreachable, estimate, queue

__all__ = [
    "ANSWER",
    "BROADCAST",
    "CODE",
    "NOTICE",
    "SERVICE",
    "Message",
    "OverBudget",
    "Unreachable",
    "count",
    "demand",
    "estimate",
    "number_for",
    "queue",
    "reachable",
    "states_of",
]
