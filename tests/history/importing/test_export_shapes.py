"""Exports of strangers, taken as they are proposed: what is found, what is left out, what comes in.

The table of docs/importing.md is made of the same proposals; `python -m tests.history.importing.test_export_shapes`
writes it anew.
"""

import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotleads.history import History, import_history, open_history, suggest_mapping

from .export_shapes import SHAPES, Files, make_launches

PAGE = Path(__file__).parents[3] / "docs" / "importing.md"
BEGIN, END = "<!-- export shapes -->\n", "<!-- end of export shapes -->\n"
MONTHS = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
WORDS = {3: "pascoa-doce", 6: "bolos-junho-festa", 9: "primavera", 12: "natal"}


@dataclass(frozen=True)
class Proposed:
    """A proposed mapping, taken as it is."""

    text: str
    mapping: dict[str, Any]
    history: History

    def list_parts(self, table: str) -> list[dict[str, Any]]:
        part = self.mapping.get(table, [])
        return part if isinstance(part, list) else [part]

    def get_columns(self, table: str) -> dict[str, str]:
        columns: dict[str, str] = self.list_parts(table)[0]["columns"]
        return columns

    def count_rows(self) -> dict[str, int]:
        rows: dict[str, int] = self.history.manifest["rows"]
        return rows

    def count_buyers(self) -> int:
        """The buyers among the leads of all launches."""
        from hotleads.checks import count_outcomes

        return sum(outcome.buyers for outcome in count_outcomes(self.history).values())


def propose(files: Files, folder: Path) -> Proposed:
    source = folder / "source"
    source.mkdir(parents=True)
    for name, content in files.items():
        (source / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    text = suggest_mapping(source)
    (folder / "proposal.toml").write_text(text, encoding="utf-8")
    import_history(source, folder / "history", mapping=folder / "proposal.toml")
    return Proposed(text, tomllib.loads(text), open_history(folder / "history"))


@pytest.fixture(scope="module")
def proposals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Proposed]:
    """What is proposed for each shape, by the name of the function that makes it."""
    folder = tmp_path_factory.mktemp("shapes")
    return {make.__name__: propose(make(), folder / make.__name__) for make in SHAPES.values()}


def test_every_proposal_yields_a_history_with_buyers_among_the_leads(proposals: dict[str, Proposed]) -> None:
    assert len(SHAPES) >= 10
    for name, proposed in proposals.items():
        assert proposed.count_rows()["launches"] >= 3, name
        assert proposed.count_buyers() >= 10, name


def test_nothing_false_is_said(proposals: dict[str, Proposed]) -> None:
    without_times = {name for name, proposed in proposals.items() if "no column is a time:" in proposed.text}
    assert without_times == {"make_scored_people"}
    for name, proposed in proposals.items():
        fields = [column for column in proposed.text.splitlines() if column.startswith(("attr_", "# attr_"))]
        assert not [field for field in fields if re.search(r"_(id|no|number|date)\b|column_|converted", field)] or (
            name == "make_funnel"  # a landing page has an id, and leads share it
        ), (name, fields)


def test_the_launch_of_a_lead_is_found_by_the_names_of_campaigns(proposals: dict[str, Proposed]) -> None:
    proposed = proposals["make_launches"]
    launches = proposed.history.launches
    assert list(launches) == ["2024-03", "2024-06", "2024-09", "2024-12"]
    assert {launch.strategy for launch in launches.values()} == {"classic"}
    assert {launch.product_id for launch in launches.values()} == {"771"}
    for launch, opened in zip(launches.values(), ((3, 11), (6, 10), (9, 9), (12, 2)), strict=True):
        assert launch.cart_opens_at is not None
        assert (launch.cart_opens_at.month, launch.cart_opens_at.day) == opened
        assert 4 <= launch.length.days <= 6
    captured = Counter(proposed.history.read("leads", ["launch_id"])["launch_id"].to_pylist())
    assert captured == dict.fromkeys(launches, 150)
    assert "no file holds launches. These are made of the campaigns in utm_campaign" in proposed.text


@pytest.mark.parametrize(
    ("campaign", "names"),
    [
        (lambda opens: f"lancamento_{MONTHS[opens.month - 1]}{opens:%y}", ["2024-03", "2024-06", "2024-09", "2024-12"]),
        (lambda opens: f"[L{opens.month // 3}] captação fb", ["l-1", "l-2", "l-3", "l-4"]),
        (lambda opens: WORDS[opens.month], list(WORDS.values())),
        (lambda opens: "sempre", ["2024-03", "2024-06", "2024-09", "2024-12"]),
        (lambda opens: "", ["2024-03", "2024-06", "2024-09", "2024-12"]),
    ],
    ids=["months", "numbers", "words", "evergreen", "none"],
)
def test_other_names_and_none_at_all(campaign: Callable[[datetime], str], names: list[str], tmp_path: Path) -> None:
    proposed = propose(make_launches(60, campaign), tmp_path)
    assert list(proposed.history.launches) == names
    assert proposed.count_buyers() > 40
    assert ("launch_id" in proposed.get_columns("leads")) == (campaign(datetime(2024, 3, 1)) not in ("sempre", ""))  # noqa: DTZ001


def test_a_launch_without_sales_yet_is_proposed_with_a_doubt(tmp_path: Path) -> None:
    files = make_launches(60)
    sold = bytes(files["vendas.csv"]).decode("windows-1252").splitlines(keepends=True)  # type: ignore[arg-type]
    files["vendas.csv"] = "".join(line for line in sold if "/12/2024" not in line).encode("windows-1252")
    proposed = propose(files, tmp_path)
    assert list(proposed.history.launches)[-1] == "2024-12"
    assert "# UNSURE: no days of its sales are seen: when does its cart open?" in proposed.text


def test_deals_are_sales_once_they_are_won_and_contacts_are_the_leads(proposals: dict[str, Proposed]) -> None:
    proposed = proposals["make_deals"]
    assert proposed.get_columns("leads")["lead_id"] == '"Record ID"'  # scores go back to the CRM by it
    assert proposed.get_columns("leads")["captured_at"] == '"Create Date"'
    assert proposed.get_columns("purchases")["lead_id"] == '"Associated Contact ID"'
    assert proposed.list_parts("purchases")[0]["keep"] == "\"Deal Stage\" IN ('Closed Won')"
    assert proposed.mapping["source"]["purchases"]["times"] == {"Close Date": "%b %d, %Y"}
    assert "116 of 116 different values are in Record ID of contacts.csv" in proposed.text
    assert "# left out as personal: Last Name\n" in proposed.text  # neither "Last Activity Date" nor "Do Not Email"
    assert "column_9" not in proposed.text.replace('"column_9"]', "")  # the delimiter at the end of each line


def test_leads_that_say_themselves_whether_they_bought_are_purchases_too(proposals: dict[str, Proposed]) -> None:
    proposed = proposals["make_converted_leads"]
    assert proposed.get_columns("purchases")["occurred_at"] == '"Converted Date"'
    assert proposed.get_columns("leads")["lead_id"] == proposed.get_columns("purchases")["lead_id"] == '"Lead ID"'
    assert "# left out as what tells who bought: Converted\n" in proposed.text


def test_a_key_that_two_files_share_is_the_lead(proposals: dict[str, Proposed]) -> None:
    proposed = proposals["make_funnel"]
    assert {proposed.get_columns(table)["lead_id"] for table in ("leads", "purchases")} == {'"mql_id"'}
    assert proposed.count_rows()["leads"] == 400
    assert "mql_id: 47 of 47 different values are in mql_id of qualified_leads.csv" in proposed.text


def test_columns_without_names_are_found_by_their_values(proposals: dict[str, Proposed]) -> None:
    columns = proposals["make_donations"].get_columns("purchases")
    assert columns == {
        "lead_id": '"column_3"',
        "transaction_id": '"column_2"',
        "occurred_at": '"column_1"',
        "amount": '"column_4"',
    }
    assert "the columns have no names" in proposals["make_donations"].text


def test_ratings_are_events_and_courses_are_nobody(proposals: dict[str, Proposed]) -> None:
    proposed = proposals["make_courses"]
    assert proposed.mapping["events"]["from"] == "events"
    assert proposed.mapping["source"]["events"]["file"] == "ratings.csv"
    assert proposed.get_columns("events")["value"] == '"rating"'
    assert proposed.mapping["source"]["leads"]["file"] == "students.csv"
    assert "courses.csv looks like none of the tables" in proposed.text
    assert "it has course_id, as payments.csv does, and nothing that tells people apart" in proposed.text


def test_a_day_and_its_hour_in_two_columns_are_one_time(proposals: dict[str, Proposed]) -> None:
    at = proposals["make_account_activity"].history.read("purchases", ["occurred_at"])["occurred_at"].to_pylist()
    assert sum(bool(time.hour or time.minute) for time in at) > 0.9 * len(at)


def test_donors_who_have_a_name_alone_are_told_apart_by_its_hash(tmp_path: Path) -> None:
    names = [
        f"{first} {last}" for first in ("Ana", "Bia", "Caio", "Davi") for last in ("Lima", "Prado", "Reis", "Melo")
    ]
    days = [datetime(2023, 1, 1) + timedelta(days=number) for number in range(300)]  # noqa: DTZ001
    gifts = [f"{day:%d%m%Y};{names[number * 7 % 16]};{30 + number // 9}" for number, day in enumerate(days)]

    proposed = propose({"doacoes.csv": "\n".join(f"{gift};R$ 20,00" for gift in gifts) + "\n"}, tmp_path)

    columns = proposed.get_columns("purchases")
    assert columns["lead_id"] == 'sha256(lower(trim("column_2")))'  # column_3 counts receipts: each has several names
    assert proposed.mapping["source"]["purchases"]["times"] == {"column_1": "%d%m%Y"}
    assert "two people of one name are one" in proposed.text


def test_numbered_days_are_times_from_a_day_that_is_doubted(tmp_path: Path) -> None:
    baskets = [f"{1 + number % 40},{90_000 + number},{number // 2},{number % 9}.50" for number in range(600)]
    campaigns = ["1,60,90", "2,150,180", "3,230,260"]
    files: Files = {
        "baskets.csv": "\n".join(["household_key,BASKET_ID,DAY,SALES_VALUE", *baskets]) + "\n",
        "campaigns.csv": "\n".join(["CAMPAIGN,START_DAY,END_DAY", *campaigns]) + "\n",
    }

    proposed = propose(files, tmp_path)

    assert list(proposed.history.launches) == ["1", "2", "3"]
    assert proposed.count_buyers() > 60
    assert "# UNSURE: the days are numbers: day 0 is taken for 2000-01-01" in proposed.text


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("%Y-%m-%d %H:%M", None),
        ("%b %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p"),
        ("%Y.%m.%d", "%Y.%m.%d"),
        ("%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M:%S"),
        ("%Y%m%d", "%Y%m%d"),
        ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M"),
        ("%Y-%m-%d %H:%M:%S -0300", "%Y-%m-%d %H:%M:%S %z"),
    ],
)
def test_times_are_found_by_their_values_whatever_the_column_is_called(
    form: str, pattern: str | None, tmp_path: Path
) -> None:
    days = [datetime(2024, 1, 1, 9) + timedelta(hours=number * 9) for number in range(120)]  # noqa: DTZ001
    rows = [f'k{number:04}x,"{day.strftime(form)}",web' for number, day in enumerate(days)]
    sales = [f"k{number:04}x,2024-03-{number % 28 + 1:02},9.90" for number in range(40)]
    (tmp_path / "people.csv").write_text("\n".join(["Contact,Zeit,Channel", *rows]) + "\n")
    (tmp_path / "sales.csv").write_text("\n".join(["Contact,Moment,Paid", *sales]) + "\n")

    mapping = tomllib.loads(suggest_mapping(tmp_path))

    assert mapping["leads"]["columns"]["captured_at"] == '"Zeit"'
    assert mapping["source"]["leads"].get("times") == ({"Zeit": pattern} if pattern else None)
    assert mapping["purchases"]["columns"]["lead_id"] == mapping["leads"]["columns"]["lead_id"] == '"Contact"'


def test_the_page_shows_what_is_proposed(proposals: dict[str, Proposed]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0] == describe_shapes(proposals), "run this file to write the table anew"


def describe_shapes(proposals: dict[str, Proposed]) -> str:
    """The table of docs/importing.md."""
    head = "| export | files | a lead is | launches | rows: leads, purchases, events; buyers |\n|---|---|---|---|---|\n"
    return head + "".join(_describe_shape(name, proposals[make.__name__]) for name, make in SHAPES.items())


def _describe_shape(name: str, proposed: Proposed) -> str:
    tables = [table for table in ("leads", "purchases", "events", "launches") if _is_mapped(proposed, table)]
    sources = {table: proposed.mapping["source"][proposed.list_parts(table)[0]["from"]]["file"] for table in tables}
    files = [
        f"`{file}`: {' and '.join(t for t in tables if sources[t] == file)}" for file in dict.fromkeys(sources.values())
    ]
    files += [f"`{file}`: left out" for file in re.findall(r"left out: (\S+) looks like none", proposed.text)]
    keys = {column for table in tables for column in _find_columns(proposed, table)}
    launches = proposed.history.launches.values()
    kind = " and ".join(sorted({launch.strategy for launch in launches}))
    made = re.search(r"These are made of (.*?)[,:]", proposed.text)
    by = made[1] if made else "`campaigns.csv`" if "launches" in tables else "parts of the rows"
    rows = proposed.count_rows()
    counts = ", ".join(f"{rows[table]:,}" for table in ("leads", "purchases", "events"))
    cells = (name, "; ".join(files), ", ".join(sorted(keys)), f"{len(launches)} {kind}, by {by}")
    return f"| {' | '.join(cells)} | {counts}; {proposed.count_buyers():,} |\n"


def _is_mapped(proposed: Proposed, table: str) -> bool:
    return any("from" in part for part in proposed.list_parts(table))


def _find_columns(proposed: Proposed, table: str) -> list[str]:
    sql = proposed.get_columns(table).get("lead_id", "")
    return [f"{column} (hashed)" if "sha256" in sql else column for column in re.findall('"([^"]+)"', sql)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        shown = {make.__name__: propose(make(), Path(made) / make.__name__) for make in SHAPES.values()}
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(before + BEGIN + describe_shapes(shown) + END + rest.split(END)[1], encoding="utf-8")
