"""The blueprint that the pages of the plugin share."""

from __future__ import annotations

from flask import Blueprint

sms = Blueprint("sms", __name__)
