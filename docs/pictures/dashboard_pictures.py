"""Take the pictures of docs/dashboard.md from a demo: ``python docs/pictures/dashboard_pictures.py out/hub-demo``.

The demo's jobs must have ended, and ``hotleads up`` must not run on it. Needs Chromium and the development extra.
"""

import io
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["HOTLEADS_HUB_URL"] = "http://localhost"

from hotleads.hub.site.setup import open_installation

FOLDER = Path(__file__).parent
WIDTH = 885
COLORS = 160


class Picture(NamedTuple):
    """A page as it is pictured."""

    name: str
    path: str
    width: int
    height: int
    scheme: str = "light"
    language: str = "en"


def take_pictures(data: Path) -> None:
    """Sign in as the demo's owner and picture each page."""
    open_installation(data)
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from hotleads.hub.models import Launch, Role, User
    from hotleads.hub.web.access import has_second_factor
    from tests.hub.web.browser import open_browser, serve_pages
    from tests.hub.web.conftest import build_client

    user = User.objects.filter(role=Role.OWNER).first() or User.objects.create_user("owner@example.com", Role.OWNER)
    if not has_second_factor(user):
        TOTP.activate(user, generate_totp_secret())
    before, last = Launch.objects.order_by("cart_opens_at", "pk").values_list("pk", flat=True).reverse()[:2][::-1]
    with serve_pages() as address:
        for picture in (
            Picture("today", "/", 1180, 820),
            Picture("launch", f"/launches/{last}/", 1180, 1120),
            Picture("campaigns", f"/campaigns/?launch={before}", 1180, 820),
            Picture("model", "/quality/", 1180, 760),
            Picture("base", "/base/", 1180, 760, "dark"),
            Picture("narrow", "/", 390, 1180, "dark", "pt-br"),
        ):
            User.objects.filter(pk=user.pk).update(language=picture.language)
            client = build_client()
            client.force_login(user)
            session = client.session
            session["account_authentication_methods_user"] = str(user.pk)
            session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
            session.save()
            viewport = {"width": picture.width, "height": picture.height}
            locale = "pt-BR" if picture.language == "pt-br" else "en-US"
            with open_browser(
                address, client, viewport=viewport, color_scheme=picture.scheme, locale=locale
            ) as browser:
                page = browser.new_page()
                page.goto(address + picture.path)
                save_small(page.screenshot(), FOLDER / f"dashboard-{picture.name}.png")


def save_small(png: bytes, path: Path) -> None:
    """Keep a picture in few colors and, where it is wide, at a page's width."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > WIDTH:
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    image.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]))
