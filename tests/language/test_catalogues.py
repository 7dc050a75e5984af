"""The catalogues hold every text that people see, translated, and are compiled as they stand."""

import ast
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

CI = Path(__file__).parents[2] / ".ci"
SOURCE = Path(__file__).parents[2] / "src"
#: `%(name)s` in texts of the pages, `{name}` or `{name:.1%}` in all others.
_PLACEHOLDERS = {"django": re.compile(r"%\(\w+\)s"), "hotleads": re.compile(r"\{[^{}]*\}")}


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """What `make messages` runs."""
    spec = spec_from_file_location("messages", CI / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def list_forms(text: str | tuple[str, ...]) -> list[str]:
    """The singular and the plural of a message, or the one text that it is."""
    return [text] if isinstance(text, str) else list(text)


def find_faults(texts: Catalog, kept: Catalog, placeholders: re.Pattern[str]) -> list[str]:
    """What keeps a catalogue from holding the texts: untranslated, doubtful, gone, or another placeholder."""
    old = [message.id for message in kept if message.id and texts.get(message.id, message.context) is None]
    faults = [f"run make messages, no text is {text!r}" for text in old]
    for message in texts:
        if not message.id:  # the head
            continue
        found = kept.get(message.id, message.context)
        if found is None or not all(list_forms(found.string)) or "fuzzy" in found.flags:
            faults.append(f"run make messages, then translate {message.id!r}")
        elif any(
            sorted(placeholders.findall(form)) != sorted(placeholders.findall(english))
            for form, english in zip(list_forms(found.string), list_forms(message.id), strict=True)
        ):
            faults.append(f"other placeholders: {found.string!r}")
    return faults


@pytest.mark.parametrize("domain", ["django", "hotleads"])
def test_every_text_is_translated_with_its_placeholders(messages: ModuleType, domain: str) -> None:
    texts = messages.DOMAINS[domain]()
    assert len(texts) > 500
    for language in messages.LANGUAGES:
        assert find_faults(texts, messages.read_catalogue(domain, language), _PLACEHOLDERS[domain]) == []


@pytest.mark.parametrize("domain", ["django", "hotleads"])
def test_a_compiled_catalogue_is_that_of_its_texts(messages: ModuleType, domain: str) -> None:
    for language in messages.LANGUAGES:
        compiled = messages.get_path(domain, language).with_suffix(".mo").read_bytes()
        assert compiled == messages.compile_catalogue(messages.read_catalogue(domain, language)), "run make messages"


def test_a_missing_a_stale_and_a_broken_translation_are_named() -> None:
    texts, kept = Catalog(), Catalog()
    for text in ("new", "{count} rows", "plain"):
        texts.add(text)
    kept.add("{count} rows", "linhas")
    kept.add("plain", "simples")
    kept.add("gone", "foi-se")
    assert find_faults(texts, kept, _PLACEHOLDERS["hotleads"]) == [
        "run make messages, no text is 'gone'",
        "run make messages, then translate 'new'",
        "other placeholders: 'linhas'",
    ]


def test_texts_are_found_wherever_they_stand(messages: ModuleType, tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text('mark("a")\ntranslate.pgettext("sort", "b")\nself.translate("c" "d", n=1)\ntranslate(name)\n')
    template = tmp_path / "page.html"
    template.write_text('{{ _("e {n}", n=3) }}{{ ngettext("f", "g", 2) }}{{ _(name) }}')
    assert list(messages._list_code_texts(code)) == [
        ("mark", ["a"]),
        ("pgettext", ["sort", "b"]),
        ("translate", ["cd"]),
    ]
    assert list(messages._list_template_texts(template)) == [("_", ["e {n}"]), ("ngettext", ["f", "g"])]
    code.write_text('translate(f"{count} rows")')
    with pytest.raises(SystemExit, match="values by name"):
        list(messages._list_code_texts(code))


#: Only commands run these, and commands speak English.
_OF_COMMANDS = ("judge/leak_test.py", "hub/site/backup.py", "hub/site/restore.py", "training/own_models.py")


def test_what_jobs_do_and_why_files_are_refused_is_said_in_phrases() -> None:
    """A page shows them in its reader's language: plain text would stay English."""
    found = []
    for room in ("checks", "hub", "judge", "training"):
        for path in (SOURCE / room).rglob("*.py"):
            if str(path).endswith(_OF_COMMANDS):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
                if name in ("progress", "_progress", "HistoryError", "LaunchError") and isinstance(node, ast.Call):
                    said = node.args[0] if node.args else None
                    if isinstance(said, ast.JoinedStr) or (isinstance(said, ast.Constant) and said.value):
                        found.append(f"{path}:{node.lineno}")
    assert not found
