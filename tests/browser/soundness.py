"""Whether a page is sound: what axe finds, and what sticks out, is cut off or moves, in both themes and at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, until

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = ("dark", "light")
WIDTHS = (2560, 1280, 768, 360)
"""The next page is then loaded on a phone."""
HEIGHT = 800

RUN_AXE = """async (unasked) => {
  const rules = Object.fromEntries((unasked ?? []).map((rule) => [rule, { enabled: false }]));
  const found = await window.axe.run(document, { resultTypes: ["violations"], rules });
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`);
}"""
MEASURE = """() => {
  const width = document.documentElement.clientWidth, found = [];
  const told = (part) => part.outerHTML.slice(0, 120);
  const wide = document.documentElement.scrollWidth;
  if (wide > width) found.push(`${wide} px of page`);
  for (const part of document.querySelectorAll("a, button, input, select, textarea, summary, .badge")) {
    if (!part.checkVisibility({ visibilityProperty: true }) || part.closest(".skip, .out-of-sight, .tabs")) continue;
    const { left, right } = part.getBoundingClientRect();
    if (left < -1 || right > width + 1) found.push(`outside, ${left} to ${right}: ${told(part)}`);
    // What is written in the line has no box of its own, and some words end in dots on purpose.
    const { display, textOverflow } = getComputedStyle(part);
    if (part.matches("input, select, textarea") || display === "inline" || textOverflow === "ellipsis") continue;
    const over = Math.max(part.scrollWidth - part.clientWidth, part.scrollHeight - part.clientHeight);
    if (over > 1) found.push(`cut off by ${over} px: ${told(part)}`);
  }
  for (const { effect } of document.getAnimations()) found.push(`moves: ${told(effect.target)}`);
  return found;
}"""
"""Animations count because whoever looks at pages here has asked for less motion."""
WOULD_MOVE = """() => {
  const isMoving = (part) => getComputedStyle(part).transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
  return [...document.querySelectorAll("body *")].filter(isMoving).map((part) => part.outerHTML.slice(0, 120));
}"""
"""When somebody points at it or presses it."""
WATCH_SHIFTS = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shift += value;
}).observe({ type: "layout-shift", buffered: true });"""
MOST_SHIFT = 0.1
"""So much of a page may be pushed about while it comes: what browsers call good."""
NOT_SHOWN = r"""() => {
  const selectors = (rules) => [...rules].flatMap((rule) => rule.selectorText ?? selectors(rule.cssRules ?? []));
  const sheet = [...document.styleSheets].find(({ href }) => href.endsWith("/components.css"));
  const atRest = (selector) => selector.replace(/::[\w-]+|:(hover|focus-visible)|(?<=dialog)\[open\]/g, "").trim();
  const all = selectors(sheet.cssRules).flatMap((list) => list.split(/,(?![^(]*\))/)).map(atRest);
  const arranging = /^$|^\.(stack|row|between|grow|narrow|column|with-icon|one-line|digits)\b/;
  return all.filter((selector) => !arranging.test(selector) && !document.querySelector(selector));
}"""
"""On the components' page: what the stylesheet of the components is for, and nothing there is. Arranging is no component."""


class Sweep:
    """Looks at what somebody has open and keeps what is `wrong`. `axe_at`: the width (px) at which axe sees each theme."""

    def __init__(self, visitor: Visitor, axe_at: dict[Theme, int]) -> None:
        self.visitor, self.axe_at = visitor, axe_at
        self.wrong: list[str] = []
        visitor.context.add_init_script(path=AXE)
        visitor.context.add_init_script(WATCH_SHIFTS)

    def at(self, path: str) -> Page:
        page = self.visitor.go(path)
        expect(page.locator("h1, h2").first).to_be_attached()
        self.arrived(path)
        return page

    def arrived(self, name: str) -> None:
        """Look at a page that has just come, and at how."""
        if (shift := self.visitor.page.evaluate("window.shift")) > MOST_SHIFT:
            self.wrong.append(f"{name}: {shift} of it was pushed about while it came")
        self.look(name)

    def look(self, name: str) -> None:
        for theme, width, faults in self._looks():
            self.wrong += [f"{name}, {theme}, {width} px: {fault}" for fault in faults]
        self.wrong += [f"{name}: would move: {part}" for part in self.visitor.page.evaluate(WOULD_MOVE)]

    def _looks(self) -> Iterator[tuple[Theme, int, list[str]]]:
        page = self.visitor.page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            until(page, lambda width=width: page.evaluate("innerWidth") == width, "the window has its size")  # type: ignore[misc]
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                yield theme, width, page.evaluate(MEASURE)
                if self.axe_at[theme] == width:
                    yield theme, width, page.evaluate(RUN_AXE)
