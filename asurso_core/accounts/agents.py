"""A browser's description of itself, in words that people know: «Chrome, Windows»."""

from __future__ import annotations

from asurso_core.i18n import gettext as _

# The first that is found wins: browsers name their ancestors too.
_BROWSERS = [
    ("YaBrowser", "Яндекс Браузер"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"), ("Vivaldi", "Vivaldi"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome", "Chrome"),
    ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"),
]  # fmt: skip
_SYSTEMS = [
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("CrOS", "Chrome OS"), ("Macintosh", "macOS"), ("Linux", "Linux"),
]  # fmt: skip


def words(agent: str) -> str:
    """Browser and system of a User-Agent line; "unknown device" if it tells neither."""
    found = [
        next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name) or _("unknown device")
