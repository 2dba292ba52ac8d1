"""What ``asurso doctor`` says of mail."""

from __future__ import annotations

from pathlib import Path

from asurso_core.db import rows
from asurso_core.health import FAILURE, NOTE, OK, WARNING, Finding, HealthCheck
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_mail import smtp


def way_out() -> Finding:
    """E01: the operator's table fits, and letters do not cross a network in the open."""
    try:
        ours = smtp.server()
    except smtp.Misconfigured as error:
        return Finding(level=FAILURE, text=str(error))
    if ours is None:
        return Finding(
            level=NOTE, text=_("No mail server is named: letters stay inside the school.")
        )
    if ours.ca and not Path(ours.ca).is_file():
        return Finding(level=FAILURE, text=_("There is no file %(name)s (ca).", name=ours.ca))
    if ours.is_bare:
        return Finding(
            level=WARNING,
            text=_("Letters go to %(host)s without encryption. Set security to starttls or tls.",
                   host=ours.host),
        )  # fmt: skip
    return Finding(level=OK, text=f"{ours.host}:{ours.port}, {ours.security}")


def undelivered() -> Finding:
    """E02: letters to outside addresses that wait or whose outcome nobody knows."""
    counted = dict(rows("SELECT state, COUNT(*) FROM mail_outside GROUP BY state"))
    waiting = counted.get("waiting", 0) + counted.get("leaving", 0)
    unknown = counted.get("unknown", 0)
    text = ngettext("%(num)s letter waits", "%(num)s letters wait", waiting)
    text += ", " + ngettext(
        "the outcome of %(num)s is unknown.", "the outcome of %(num)s is unknown.", unknown
    )
    return Finding(level=WARNING if unknown else OK, text=text)


CHECKS = [
    HealthCheck(name="E01", title=_l("Mail server for outside addresses"), run=way_out),
    HealthCheck(name="E02", title=_l("Letters to outside addresses"), run=undelivered),
]
