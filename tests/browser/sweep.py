"""How the sweep looks at a page: axe in light and dark, on a wide screen and a phone, and whether it scrolls sideways."""

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

WIDE, PHONE = 1440, 390
ALL: dict[str, Any] = {}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""the rules that the scheme has a say in; all others were asked in the other scheme"""
PICTURES = os.environ.get("PICTURES")
"""a folder for pictures of every page in light and dark, wide and narrow, to be looked at by a person"""


def looked_at(page: Page, where: str, address: str) -> list[str]:
    """What is wrong with the page at `address`. On the phone everything that folds is open."""
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    response = page.goto(address)
    assert response is not None
    if response.status != 200 or response.request.redirected_from:
        return [f"{where}: answered {response.status} at {page.url}"]
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate(AXE_SCRIPT)
    wrong = []
    for width, schemes in ((WIDE, ("light", "dark")), (PHONE, ("dark", "light"))):
        page.set_viewport_size({"width": width, "height": 900})
        if width == PHONE:
            page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
        for rules, scheme in zip((ALL, COLOURS), schemes, strict=True):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong += [f"{where}, {width}, {scheme}: {one}" for one in _found(page, rules)]
            _picture(page, f"{where}-{width}-{scheme}")
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            wrong.append(f"{where}: {needed} pixels wide on a screen of {width}")
    return wrong


def _found(page: Page, rules: dict[str, Any]) -> list[str]:
    """Axe's findings on the page as it stands."""
    result: dict[str, Any] = page.evaluate("rules => axe.run({resultTypes: ['violations'], ...rules})", rules)
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in result["violations"]]


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
