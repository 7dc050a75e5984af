"""What pages say of findings and files names what a page has, never a command or its options."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from hotleads.checks.judge_codes import JUDGE_CODES
from hotleads.hub.intake.upload_checks import list_codes
from hotleads.hub.web.remedies import describe_remedy
from hotleads.language.catalogue import FOLDER
from tests.hub.installations import Installation

#: An option, a command, or a line of a mapping file.
COMMAND = re.compile(r"(?<![\w-])--[a-z]|`|\bhotleads [a-z]|= \.\.\.")


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_remedies_on_pages_name_no_command(sqlite_installation: Installation, language: str) -> None:
    codes = [code.name for code in (*JUDGE_CODES, *list_codes())]
    with translation.override(language):
        remedies = {code: describe_remedy(code) for code in codes}
    assert {code: text for code, text in remedies.items() if COMMAND.search(text) or not text.endswith(".")} == {}


def test_no_text_of_a_page_names_a_command() -> None:
    for path in Path(FOLDER).glob("*/LC_MESSAGES/django.po"):
        texts = [text for message in read_po(path.open("rb")) for text in (message.id, message.string)]
        flat = [each for text in texts for each in (text if isinstance(text, tuple) else (text,))]
        assert [text for text in flat if COMMAND.search(text)] == []
