"""Findings as lines of text, and the checks and their codes as the page docs/checks.md."""

from ..language import Phrase, Translator
from .check import CHECKS, CODES
from .finding import Finding

_HEADING = """# Checks

`hotleads check DIR` looks at a history as a careful analyst would before trusting a score of it. Each check has a
verdict (ok, note, warning, error: its worst finding's severity) and a summary. Each finding names its place, its number
of rows and examples: ids, days or names of columns, never an address, a number or a name. `--launch ID` judges one
launch alone, by those that opened before it; `--json FILE` writes the same for programs. Exit code 0: nothing worse
than a note; 3: warnings; 4: errors; 1: the history cannot be read.

This page is written by `hotleads check --describe`; a test fails when it is stale.

| check | what it looks at |
|---|---|
"""

_NO_SILENT_SCORE = """
## No silent score

A launch that cannot be scored honestly is refused with a code: a backtest's report lists it under `skipped` with `code`
and `reason`, and every other command ends with the code in its message. What can be scored with a reserve is scored,
and the codes stand in the scored rows (`findings`), in the report's entries and in the model's card. Every backtest and
training also checks the whole history, for target leakage above all: errors and warnings are printed, and stand in the
report (`history_findings`) and in the run (`findings.json`).

| code | severity | what it means | what the program does | what to do |
|---|---|---|---|---|
"""


def describe_checks() -> str:
    """Return docs/checks.md: what each check looks at, and every code with its remedy."""
    checks = [f"| {check.name} | {check.looks_at} |\n" for check in CHECKS]
    codes = [f"| `{name}` | {' | '.join(code[1:])} |\n" for name, code in sorted(CODES.items())]
    return "".join([_HEADING, *checks, _NO_SILENT_SCORE, *codes])


def describe_finding(finding: Finding, translate: Translator) -> str:
    """Return a finding as a line of text.

    Parameters
    ----------
    finding
        The finding.
    translate
        Gives the line's language.
    """
    if translate.language == "en":
        return str(finding)
    location = f"{finding.table}.{finding.column}" if finding.column else finding.table
    text = describe_message(finding, translate)
    if finding.examples:
        text += f" ({translate('such as {examples}', examples=', '.join(finding.examples))})"
    return f"[{finding.code}] {location}: {text}. {translate(CODES[finding.code].remedy)}."


def describe_message(finding: Finding, translate: Translator) -> str:
    """Return what a finding says, without its place, examples and remedy.

    Parameters
    ----------
    finding
        The finding.
    translate
        Gives the language. In another than English the meaning of the code comes first, and is all but for the number
        of rows where the message is English alone.
    """
    if translate.language == "en":
        return str(finding.message)
    meaning = translate(CODES[finding.code].meaning)
    if isinstance(finding.message, Phrase):
        return f"{meaning}: {translate.translate_phrase(finding.message)}"
    rows = translate.write_number(f"{finding.rows:,}")
    return f"{meaning} ({translate('{count} rows', count=rows)})" if finding.rows else meaning
