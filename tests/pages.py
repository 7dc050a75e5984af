"""Look at a page as its reader does: in Chromium, wide and narrow, light and dark, with axe."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="chromium is not installed")
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")

#: What is drawn beyond its window's edge, and not inside of something that scrolls or is cut on purpose.
FIND_CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => {
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement)
      if (['auto', 'scroll'].includes(getComputedStyle(each).overflowX)) return true;
    return false;
  };
  const name = element => element.tagName.toLowerCase() + ' ' + (element.textContent || '').trim().slice(0, 60);
  const found = [];
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || box.right < -1 || scrolls(element)) continue;  // far left: hidden on purpose
    if (box.right > width + 1 || box.left < -1) found.push('beyond the window: ' + name(element));
  }
  for (const text of document.querySelectorAll('svg text')) {
    const box = text.getBoundingClientRect(), frame = text.ownerSVGElement.getBoundingClientRect();
    const beside = box.right > frame.right + 1 || box.left < frame.left - 1;
    if (beside || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
      found.push('beyond its picture: ' + name(text));
  }
  if (width > 1000)
    for (const element of document.querySelectorAll('.scroll'))
      if (element.scrollWidth > element.clientWidth + 1) found.push('wider than its place: ' + name(element));
  if (document.documentElement.scrollWidth > width) found.push('the page scrolls sideways');
  return found;
}"""


def find_page_faults(path: Path, pictures: Path | None = None) -> list[str]:
    """List what is cut off, requested from outside, an error on the console or a violation of axe's rules.

    With ``pictures``, a full picture of the page at each width and color scheme goes there.
    """
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    faults: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *quiet])
        for scheme in SCHEMES:
            for width in WIDTHS:
                context = browser.new_context(
                    offline=True, viewport={"width": width, "height": 900}, color_scheme=scheme
                )
                page = context.new_page()
                faults += [f"{path.name} at {width}, {scheme}: {fault}" for fault in _visit(page, path)]
                if pictures is not None:
                    pictures.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=pictures / f"{path.stem}-{width}-{scheme}.png", full_page=True)
                context.close()
        browser.close()
    return faults


def _visit(page: "Page", path: Path) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    requests: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri(), wait_until="load", timeout=120_000)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    outside = [url for url in requests if not url.startswith(("data:", "blob:")) and url != path.as_uri()]
    faults += [f"asks for {url}" for url in outside]
    faults += page.evaluate(FIND_CUT_OFF)
    return faults + [_describe(violation) for violation in Axe().run(page).response["violations"]]


def _describe(violation: dict[str, Any]) -> str:
    node = violation["nodes"][0]
    return f"axe {violation['id']} ({len(violation['nodes'])}): {node['html'][:160]}: {node['failureSummary'][:200]}"
