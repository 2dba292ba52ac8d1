"""The gateway of a school that has none: each message is a line in ``instance/sms.log``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from asurso_core import clock
from asurso_sms.gateways.configuration import file_gateway
from asurso_sms.hookspecs import Gateway, Outgoing, Taken


@dataclass(frozen=True, kw_only=True)
class Options:
    """Nothing can be chosen."""


class FileGateway(Gateway):
    """Writes instead of sending; whoever looks after the server reads it there."""

    def send(self, message: Outgoing, leaving: Callable[[], None]) -> Taken:
        """Append one JSON object on a line of its own."""
        line = json.dumps(
            {"at": clock.now().isoformat(timespec="seconds"), "to": message.to,
             "from": message.sender, "text": message.text, "mark": message.mark},
            ensure_ascii=False,
        )  # fmt: skip
        leaving()
        with file_gateway().open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        return Taken()


def build(name: str, options: Options) -> Gateway:
    """The gateway of a table."""
    del options
    return FileGateway(name)
