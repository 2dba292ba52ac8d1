"""The four kinds of gateways in the box."""

from __future__ import annotations

from asurso_core.i18n import lazy_gettext as _l
from asurso_sms.gateways import file, http, kannel, smpp
from asurso_sms.hookspecs import GatewayKind

KINDS = [
    GatewayKind(name="file", title=_l("Into a file"), options=file.Options, build=file.build),
    GatewayKind(name="kannel", title="Kannel", options=kannel.Options, build=kannel.build),
    GatewayKind(name="smpp", title="SMPP 3.4", options=smpp.Options, build=smpp.build),
    GatewayKind(
        name="http", title=_l("A provider by HTTP"), options=http.Options, build=http.build
    ),
]
