"""What ``asurso doctor`` says of text messages: by what was seen, nobody is called for it."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock
from asurso_core.health import FAILURE, NOTE, OK, WARNING, Finding, HealthCheck
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_sms import queries, state
from asurso_sms.services import budget

#: So long a message may wait while all is well.
USUAL = dt.timedelta(minutes=30)


def configuration() -> Finding:
    """M01: the gateways of ``asurso.toml`` can be used, and there is one."""
    found = state.gateway_state()
    if found.faults:
        return Finding(level=FAILURE, text="asurso.toml: " + "; ".join(found.faults))
    if found.is_default:
        return Finding(
            level=NOTE,
            text=_("No gateway is configured: messages are written into sms.log and reach nobody."),
        )
    return Finding(level=OK, text=", ".join(f"{one.name} ({one.kind})" for one in found.seen))


def waiting() -> Finding:
    """M02: messages do leave; if not, what the gateway said last."""
    found = queries.overview()
    if found["oldest"] is None:
        return Finding(level=OK, text=_("Nothing waits."))
    longest = clock.stamp() - found["oldest"]
    minutes = int(longest.total_seconds() // 60)
    text = ngettext(
        "The oldest message waits for %(num)s minute.",
        "The oldest message waits for %(num)s minutes.",
        minutes,
    )
    trouble = next((one.trouble for one in state.gateway_state().seen if one.trouble), "")
    level = WARNING if longest > USUAL else NOTE
    return Finding(level=level, text=f"{text} {trouble}".strip())


def unknown() -> Finding:
    """M03: messages of which nobody knows whether they arrived."""
    number = queries.overview()["unknown"]
    if not number:
        return Finding(level=OK, text=_("None."))
    text = ngettext(
        "The outcome of %(num)s message is unknown: look at the page of text messages.",
        "The outcome of %(num)s messages is unknown: look at the page of text messages.",
        number,
    )
    return Finding(level=WARNING, text=text)


def budgets() -> Finding:
    """M04: notices were not sent because a budget is used up."""
    number = queries.over_budget_since(clock.stamp() - dt.timedelta(days=7))
    used = budget.excess(1, clock.stamp())
    if not number and not used:
        return Finding(level=OK, text=_("Enough is left."))
    text = ngettext(
        "%(num)s notice was not sent in seven days because of a budget.",
        "%(num)s notices were not sent in seven days because of a budget.",
        number,
    )
    return Finding(level=WARNING, text=f"{used}. {text}" if used else text)


CHECKS = [
    HealthCheck(name="M01", title=_l("Gateways of text messages"), run=configuration),
    HealthCheck(name="M02", title=_l("Text messages that wait"), run=waiting),
    HealthCheck(name="M03", title=_l("Text messages of unknown outcome"), run=unknown),
    HealthCheck(name="M04", title=_l("Budget of text messages"), run=budgets),
]
