"""A browser's name, as people say it."""

from __future__ import annotations

# In this order: nearly every browser also names the ones it wants to be taken for.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def browser_name(user_agent: str) -> str:
    """ "Firefox · Linux" for a browser, the first word for another program, "" for one that said nothing."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return " · ".join(filter(None, (browser, system))) or user_agent.split(" ")[0][:40]
