"""Where gateways call: reports of delivery and inbound messages (T25).

Whoever calls proves itself by the secret of the configuration; without it every address here is
one that does not exist, whatever its name. What was said is written down and nothing is told.
"""

from __future__ import annotations

import codecs
import hmac
import ipaddress
from collections.abc import Callable
from typing import TypeVar

from flask import Response, abort, current_app, request

from asurso_core import access
from asurso_sms import gateways
from asurso_sms.hookspecs import Call, Gateway
from asurso_sms.services import inbound, states
from asurso_sms.views.blueprint import sms

T = TypeVar("T")

#: The most that a gateway may send at once, in bytes.
LARGEST = 64 * 1024
#: Compared with when there is no such gateway, so that time tells nothing of names.
_NOBODY = "nobody has this secret, it is only compared with"


@sms.route("/report/<gateway>", methods=["GET", "POST"])
@access.callback
@access.writes_by_get("Kannel tells of deliveries by GET only (dlr-url, user guide 10.5)")
def report(gateway: str) -> Response:
    """A gateway tells what became of messages; telling it twice changes nothing."""
    found = _caller(gateway)
    for told in _read(found.reports):
        states.told(found.name, told.gateway_id, told.state, told.reason)
    return _thanks()


@sms.post("/in/<gateway>")
@access.callback
def hear(gateway: str) -> Response:
    """A message came in; the same one again is the same one."""
    found = _caller(gateway)
    inbound.hear(found.name, _read(found.heard))
    return _thanks()


def _caller(name: str) -> Gateway:
    """The gateway that calls, if it proves itself; else 404. 503 while nobody can be asked."""
    request.max_content_length = LARGEST
    try:
        found = gateways.gateway(name)
    except gateways.Faulty:
        current_app.logger.exception("a gateway calls, and the configuration is wrong")
        abort(503)
    given = request.args.get("secret") or request.headers.get("X-Asurso-Secret") or ""
    if not given and not request.is_json:
        given = request.form.get("secret", "")
    wanted = found.secret if found is not None and found.secret else _NOBODY
    fits = hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
    if not fits or found is None or not found.secret or not _may_call(found):
        abort(404)
    return found


def _may_call(found: Gateway) -> bool:
    if not found.addresses:
        return True
    try:
        here = ipaddress.ip_address(request.remote_addr or "")
        return any(here in ipaddress.ip_network(one, strict=False) for one in found.addresses)
    except ValueError:
        return False


def _read(read: Callable[[Call], T]) -> T:
    """What the gateway said, in our words; 400 for what cannot be read."""
    fields = {**request.form.to_dict(), **request.args.to_dict()}
    fields.pop("secret", None)
    try:
        return read(Call(fields=fields, body=_body()))
    except ValueError as error:
        current_app.logger.info("a gateway said something that cannot be read: %r", str(error))
        abort(400)


def _body() -> str:
    """The body as text in the alphabet that its header names; UTF-8 otherwise."""
    charset = request.mimetype_params.get("charset", "utf-8")
    try:
        codecs.lookup(charset)
    except LookupError:
        charset = "utf-8"
    try:
        return request.get_data(cache=True).decode(charset, "replace")
    except (UnicodeError, LookupError):  # codecs that are none of texts: hex, zip
        return ""


def _thanks() -> Response:
    return Response("", 200, mimetype="text/plain")
