"""Docs that fail when stale: commands, flags, make targets and files that they name exist."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hotleads.checks import describe_checks
from hotleads.cli.main import app
from hotleads.cli.settings import describe_settings
from hotleads.features import FEATURES, describe_features

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "BENCHMARKS.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = re.findall(r"(?m)^### (\d+\..*(?:\n(?!##).*)*)", (ROOT / "docs" / "decisions.md").read_text())
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def list_flags(command: Any) -> set[str]:
    """Return the flags of a command, and of those within a group of commands."""
    own = {flag for parameter in command.params for flag in parameter.opts}
    return own.union(*(list_flags(each) for each in getattr(command, "commands", {}).values()))


FLAGS = {name: list_flags(command) for name, command in COMMANDS.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_make_targets_exist(page: Path) -> None:
    named = set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)$", page.read_text(), re.MULTILINE))
    assert {name for pair in named for name in pair if name} <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_commands_and_flags_exist(page: Path) -> None:
    for command, rest in re.findall(r"hotleads ([a-z]+)((?: [^\n`]*)?)", page.read_text()):
        if command in COMMANDS:
            assert set(re.findall(r"--[a-z-]+", rest)) <= FLAGS[command], f"hotleads {command}{rest}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_linked_files_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_decisions_exist(page: Path) -> None:
    named = " ".join(re.findall(r"[Dd]ecisions?\s((?:\d+(?:, | and | to )?)+)", page.read_text()))
    assert {int(number) for number in re.findall(r"\d+", named)} <= {*range(1, len(DECISIONS) + 1)}


def test_decisions_are_numbered_in_order_and_have_at_most_25_lines() -> None:
    assert [int(decision.split(".")[0]) for decision in DECISIONS] == [*range(1, len(DECISIONS) + 1)]
    assert not [decision.splitlines()[0] for decision in DECISIONS if len(decision.strip().splitlines()) > 25]


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert not [name for name in COMMANDS if f"hotleads {name}" not in readme]


def test_every_package_is_in_the_flow_page() -> None:
    flow = (ROOT / "docs" / "flow.md").read_text()
    packages = [path.name for path in (ROOT / "src").iterdir() if (path / "__init__.py").is_file()]
    assert not [name for name in packages if f"`{name}`" not in flow]


def test_ci_runs_the_readmes_test_command() -> None:
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    assert "make test" in readme
    assert re.search(r"^make test$", script, re.MULTILINE)


def test_every_test_that_the_security_page_names_exists() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    page = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    assert named
    assert named <= set(re.findall(r"(?m)^ *def (test_\w+)", tests))
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/[\w/.]+)`", page))


def test_settings_page_lists_every_key() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == describe_settings()


def test_features_page_is_what_the_declarations_say() -> None:
    assert (ROOT / "docs" / "features.md").read_text() == describe_features(FEATURES)


def test_checks_page_is_what_the_checks_say() -> None:
    assert (ROOT / "docs" / "checks.md").read_text() == describe_checks()
