"""What is answered to a message that came in.

The least of it: СТОП and СТАРТ. Everything else is only written down.
"""

from __future__ import annotations

from asurso_sms.models import Inbound


def answer(inbound: Inbound) -> None:
    """Answer a message; called by the job ``sms.answer``, once for each."""
    del inbound
