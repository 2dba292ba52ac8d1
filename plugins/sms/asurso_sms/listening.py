"""The service that holds the lines of gateways on which reports and messages come in."""

from __future__ import annotations

import threading

from flask import current_app

from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Service
from asurso_sms import gateways
from asurso_sms.hookspecs import Gateway
from asurso_sms.services.inbound import Ear


def listen(stop: threading.Event) -> None:
    """Listen to every gateway that keeps a line; raises what ends one of them.

    :raises Exception: a line broke, or the configuration is wrong; whoever keeps us begins again.
    """
    lines = [one for one in gateways.setup().gateways.values() if one.listens]
    if len(lines) < 2:
        for one in lines:
            one.listen(Ear(one.name), stop)
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - for threads
    ours = threading.Event()
    errors: list[Exception] = []

    def run(one: Gateway) -> None:
        with app.app_context():
            try:
                one.listen(Ear(one.name), ours)
            except Exception as error:
                errors.append(error)
                ours.set()

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in lines]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5) and not ours.is_set():
        pass
    ours.set()
    for thread in threads:
        thread.join(10)
    if errors:
        raise errors[0]


SERVICES = [Service(name="sms.lines", title=_l("Lines of the SMS gateways"), run=listen)]
