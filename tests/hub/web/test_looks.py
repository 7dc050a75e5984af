"""Every page in Chromium: wide and narrow, light and dark, in both languages."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models import Launch, User
from tests.hub.installations import Installation
from tests.hub.web.browser import find_faults, open_browser, serve_pages
from tests.hub.web.conftest import Clients
from tests.hub.web.filled_hub import fill_hub
from tests.pages import needs_chromium

#: Where pictures of the pages go, for whoever wants to look at them; with the names of some, those alone.
PICTURES = os.environ.get("HOTLEADS_TEST_PICTURES", "")
ONLY = os.environ.get("HOTLEADS_TEST_PAGES", "").split()
#: What an installation without a row says where there is nothing to show.
EMPTY = ("launches", "leads", "campaigns", "base", "quality", "uploads", "jobs", "connections", "credentials", "events")
_LOCALES = {"en": "en-US", "pt-br": "pt-BR"}


@pytest.fixture(scope="module")
def paths(web: Installation, clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    paths = fill_hub(clients, tmp_path_factory.mktemp("scores"))
    return {name: path for name, path in paths.items() if not ONLY or name in ONLY}


@pytest.fixture(scope="module")
def address(web: Installation) -> Iterator[str]:
    with serve_pages() as address:
        yield address


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_new_installation_is_led_on_in_three_steps(
    scheme: str, sqlite_installation: Installation, tmp_path: Path
) -> None:
    faults: list[str] = []
    clients = Clients()
    InstallationRow.objects.update(csv_lead_policy="listed")
    User.objects.update(language="pt-br")
    options = {"viewport": {"width": 390, "height": 900}, "color_scheme": scheme, "locale": "pt-BR"}
    with serve_pages() as own:
        for step in ("welcome", "begun"):
            with open_browser(own, clients.sign_in("owner"), **options) as browser:
                page = browser.new_page()
                faults += find_faults(page, own, own)
                if PICTURES:
                    page.screenshot(path=f"{PICTURES}/first-{step}-pt-br-390-{scheme}.png", full_page=True)
                for name in EMPTY if step == "welcome" else ():
                    faults += find_faults(page, f"{own}/{name}/", own)
                    if PICTURES:
                        page.screenshot(path=f"{PICTURES}/empty-{name}-pt-br-390-{scheme}.png", full_page=True)
            Launch.objects.create(key=step, strategy="classic")
    assert not faults


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1280, "dark"), ("en", 390, "light"), ("pt-br", 1280, "light"), ("pt-br", 390, "dark")],
)
def test_nothing_is_cut_off_and_axe_finds_nothing(
    language: str, width: int, scheme: str, address: str, paths: dict[str, str], clients: Clients
) -> None:
    User.objects.filter(pk=clients.cast.owner.pk).update(language=language)
    is_demo = width == 390
    InstallationRow.objects.update(csv_lead_policy="listed", is_demo=is_demo)
    faults: list[str] = []
    client = clients.sign_in("owner")
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "locale": _LOCALES[language]}
    with open_browser(address, client, **options) as browser:
        for name, path in (paths | ({"demo": "/settings/demo/"} if is_demo else {})).items():
            page = browser.new_page()
            faults += find_faults(page, address + path, address, 404 if name == "nothing-here" else 200)
            if PICTURES:
                Path(PICTURES).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{PICTURES}/{name}-{language}-{width}-{scheme}.png", full_page=True)
            page.close()
    assert not faults
