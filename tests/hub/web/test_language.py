"""On Portuguese pages nothing is English: every page of a filled hub is read, and every page of an empty one."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po
from django.test import Client

from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models import User
from hotleads.language.catalogue import FOLDER
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients
from tests.hub.web.filled_hub import fill_hub
from tests.hub.web.test_looks import EMPTY

#: Words that are in nearly every English sentence, and in no Portuguese one.
_ENGLISH = re.compile(
    r"\b(the|of|and|is|are|was|were|has|have|been|with|by|from|this|that|these|those|its|their|they|not|nobody|yet|to|"
    r"into|which|who|what|when|where|there|than|then|it|you|your|or|be|bought|failed|due|rows?|lines?)\b",
    re.IGNORECASE,
)
#: What is said in attributes.
_SPOKEN = ("aria-label", "placeholder", "title", "alt", "content")
_UNREAD = ("script", "style", "code", "pre")
#: Texts of the example data, and names that are English everywhere.
_NAMES = ("Cake course, March", "2025-09-cake", "By API", "Main", "nobody-came")


class _Texts(HTMLParser):
    """Collects what a page says: texts and spoken attributes, but for code."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._open.append(tag)
        if tag != "meta":
            self.texts += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Return the English texts that have another translation, in small letters."""
    texts = set()
    for domain in ("django", "hotleads"):
        with (FOLDER / "pt_BR" / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
            catalog = read_po(file, locale="pt_BR")
        for message in catalog:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            texts |= {text.lower() for text in ids if text and text.lower() not in map(str.lower, strings)}
    return texts


def find_english(page: str, english: set[str]) -> Iterator[str]:
    """Yield what a page says in English: a text of the catalogues, or one with words that no Portuguese has."""
    parser = _Texts()
    parser.feed(page)
    for text in parser.texts:
        said = text
        for name in _NAMES:
            said = said.replace(name, "")
        if said.strip(" ·:,.").lower() in english or _ENGLISH.search(said):
            yield text


def test_english_is_found_wherever_it_is_said() -> None:
    page = '<p title="Rows of the file">Comprou</p><p>Owner</p><code>the</code><p>3 linhas</p><p>no launch is over</p>'
    assert list(find_english(page, {"owner"})) == ["Rows of the file", "Owner", "no launch is over"]


@pytest.mark.slow
def test_no_page_of_a_filled_hub_says_anything_in_english(
    web: Installation, clients: Clients, english: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    paths = fill_hub(clients, tmp_path_factory.mktemp("scores"))
    User.objects.update(language="pt-br")
    client = clients.sign_in("owner")
    found = {}
    for name, path in paths.items():
        page = client.get(path, headers={"accept-language": "pt-br"}).content.decode()
        found[name] = sorted(set(find_english(page, english)))
    assert not [f"{name}: {text}" for name, texts in found.items() for text in texts]


@pytest.mark.slow
def test_no_page_of_an_empty_hub_says_anything_in_english(sqlite_installation: Installation, english: set[str]) -> None:
    clients = Clients()
    InstallationRow.objects.update(csv_lead_policy="listed")
    User.objects.update(language="pt-br")
    client = clients.sign_in("owner")
    for name in ("", *EMPTY):
        page = client.get(f"/{name}/".replace("//", "/"), headers={"accept-language": "pt-br"}).content.decode()
        assert not list(find_english(page, english)), name


@pytest.mark.parametrize(("language", "role"), [("en", "Marketer"), ("pt-br", "Marketing")])
def test_users_are_listed_with_their_roles(language: str, role: str, owner: Client) -> None:
    User.objects.update(language=language)
    assert f"<td>{role}</td>" in owner.get("/users/").content.decode()
