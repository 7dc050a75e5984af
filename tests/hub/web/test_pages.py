"""Launches, leads, one lead, jobs and the list as a file: what a request shows, changes and notes."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.clock import get_now
from hotleads.hub.models import AuditEntry, Capture, Contact, CsvLeadPolicy, CurrentScore, Job, JobState, Launch, Score
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models.rollups import recount_launch
from hotleads.hub.sealing import hash_lookup
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.hub.web import lead_list
from tests.hub.installations import Installation
from tests.hub.rows import BOUGHT, store_example_features
from tests.hub.web.conftest import Clients, strip_marks
from tests.hub.web.example_data import FORMULA, OPENS, create_capture, create_contact, create_example, create_score

LEADS = 8


@pytest.fixture(scope="module")
def launch(web: Installation) -> Launch:
    return create_example(LEADS)


@pytest.fixture
def first(launch: Launch) -> Contact:
    return Contact.objects.get(email_hmac=hash_lookup("email", "lead0@example.org"))


@contextmanager
def set_policy(policy: CsvLeadPolicy) -> Iterator[None]:
    InstallationRow.objects.update(csv_lead_policy=policy)
    try:
        yield
    finally:
        InstallationRow.objects.update(csv_lead_policy=CsvLeadPolicy.LISTED)


def read(response: object) -> str:
    return strip_marks(response.content.decode())  # type: ignore[attr-defined]


def read_csv(response: object) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


class TestTheFirstQuestion:
    def test_an_owner_is_asked_once_there_are_leads_and_the_answer_is_kept_and_noted(
        self, owner: Client, launch: Launch
    ) -> None:
        with set_policy(CsvLeadPolicy.UNANSWERED):
            page = read(owner.get("/"))
            assert "One question first" in page
            assert "All purchases here are your own" in page
            owner.post(reverse("installation_settings"), {"only": "policy", "csv_lead_policy": "aggregate"})
            assert InstallationRow.objects.get().csv_lead_policy == CsvLeadPolicy.AGGREGATE
            assert "One question first" not in read(owner.get("/"))
        entry = AuditEntry.objects.filter(action="installation.changed").latest("pk")
        assert entry.details == {"csv_lead_policy": ["", "aggregate"]}

    def test_aggregate_counts_leads_that_came_by_a_file_and_shows_none_of_them(
        self, owner: Client, launch: Launch
    ) -> None:
        hidden = Contact.objects.get(email_hmac=hash_lookup("email", "lead1@example.org"))
        link = reverse("lead_detail", args=[hidden.pk])
        assert link in read(owner.get(reverse("lead_list")))
        for policy in (CsvLeadPolicy.AGGREGATE, CsvLeadPolicy.UNANSWERED):
            with set_policy(policy):
                assert link not in read(owner.get(reverse("lead_list")))
                assert owner.get(link).status_code == 404
                assert owner.post(reverse("lead_reveal", args=[hidden.pk])).status_code == 404
                found = owner.post(reverse("lead_find"), {"text": "lead1@example.org"})
                assert found.headers["Location"] == reverse("lead_list")
                rows = read_csv(owner.post(reverse("lead_export"), {"launch": launch.pk, "format": "csv"}))
                assert str(hidden.pk) not in {row["lead_id"] for row in rows}
                counted = read(owner.get(reverse("launch_detail", args=[launch.pk])))
                assert f"<dd>{LEADS}</dd>" in counted


class TestLaunches:
    def test_a_launch_is_made_with_its_rules_counted_before_they_are_saved(self, owner: Client, launch: Launch) -> None:
        loose = create_contact(100)
        for number in range(3):
            create_capture(loose, None, number, utm_campaign="pie-may", utm_source="mail")
        form = {
            "name": "Pie course", "key": "", "product_id": "pie", "campaigns": "pie-*", "sources": "",
            "capture_starts_at": "", "capture_ends_at": "",
            "cart_opens_at": "2026-05-01T10:00", "cart_closes_at": "2026-05-08T10:00",
        }  # fmt: skip
        address = reverse("launch_create", args=["classic"])
        counted = read(owner.post(address, form | {"count": "1"}))
        assert "The rules match 3 captures of 1 people" in counted
        assert not Launch.objects.filter(key="pie-course").exists()
        saved = owner.post(address, form)
        made = Launch.objects.get(key="pie-course")
        assert saved.headers["Location"] == reverse("launch_detail", args=[made.pk])
        assert made.capture_rules == [{"field": "utm_campaign", "value": "pie-*"}]
        assert Capture.objects.filter(launch=made).count() == 3
        assert (made.rollup.captures, made.rollup.leads) == (3, 1)
        assert AuditEntry.objects.get(action="launch.created", subject_id=str(made.pk)).details["key"] == "pie-course"
        shown = read(owner.get(reverse("launch_edit", args=[made.pk])))
        assert "pie-*" in shown
        assert "2026-05-01T10:00" in shown

    def test_times_are_of_the_installations_zone(self, owner: Client, launch: Launch) -> None:
        InstallationRow.objects.update(time_zone="America/Sao_Paulo")
        shown = read(owner.get(reverse("launch_edit", args=[launch.pk])))
        InstallationRow.objects.update(time_zone="UTC")
        assert OPENS.hour == 13
        assert 'value="2026-03-02T10:00"' in shown

    @pytest.mark.parametrize(
        ("strategy", "wrong", "said"),
        [
            ("classic", {"cart_opens_at": "", "cart_closes_at": ""}, "This field is required"),
            ("classic", {"cart_opens_at": "2026-05-08T10:00", "cart_closes_at": "2026-05-01T10:00"}, "ends before"),
            ("paid", {"cart_opens_at": "2026-05-01T10:00", "cart_closes_at": "2026-05-08T10:00"}, "required"),
            ("perpetual", {"capture_starts_at": "2026-05-01T10:00", "capture_ends_at": "2026-05-08T10:00"}, "required"),
            ("classic", {"key": "2026-03-cake"}, "Another launch has this key"),
            ("classic", {"key": "../../etc"}, "A key is of letters"),
        ],
    )
    def test_what_a_strategy_cannot_do_without_is_asked_for(
        self, strategy: str, wrong: dict[str, str], said: str, owner: Client, launch: Launch
    ) -> None:
        before = Launch.objects.count()
        assert said in read(owner.post(reverse("launch_create", args=[strategy]), {"name": "x", "key": "x"} | wrong))
        assert Launch.objects.count() == before

    def test_a_capture_of_another_launch_stays_there(self, owner: Client, launch: Launch) -> None:
        contact = create_contact(101)
        mine = create_capture(contact, launch, 0, launch_key="", utm_campaign="tart")
        form = {
            "name": "Tart", "key": "tart", "campaigns": "tart", "cart_opens_at": "2026-05-01T10:00",
            "cart_closes_at": "2026-05-08T10:00", "count": "1",
        }  # fmt: skip
        address = reverse("launch_create", args=["classic"])
        assert "1 of the captures belong to another launch" in read(owner.post(address, form))
        del form["count"]
        owner.post(address, form)
        mine.refresh_from_db()
        assert mine.launch_id == launch.pk
        mine.delete()
        recount_launch(launch)

    def test_missing_campaign_fields_are_named(self, owner: Client, launch: Launch) -> None:
        page = read(owner.get(reverse("launch_detail", args=[launch.pk])))
        assert "Missing in one of five captures or more: utm_medium, utm_content. Campaigns" in page

    def test_a_viewer_sees_counts_and_no_way_to_people(self, clients: Clients, launch: Launch) -> None:
        page = read(clients.sign_in("viewer").get(reverse("launch_detail", args=[launch.pk])))
        assert "Share hot" in page
        assert "/leads/" not in page
        assert "example.org" not in page


class TestLeads:
    def test_hottest_come_first_with_reasons_and_without_addresses(self, owner: Client, launch: Launch) -> None:
        page = read(owner.get(reverse("lead_list"), {"launch": launch.pk}))
        scores = [score.contact_id for score in CurrentScore.objects.filter(launch=launch).order_by("-probability")]
        positions = [page.index(reverse("lead_detail", args=[contact_id])) for contact_id in scores]
        assert positions == sorted(positions)
        assert "Bought 3 times in the last 90 days" in page
        assert "not scored yet" in page
        assert "l•••@e•••.org" in page
        assert "lead0@example.org" not in page

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"tier": "hot"}, {0, 1}),
            ({"tier": "none"}, {2}),
            ({"source": "youtube"}, {0, 2, 4, 6}),
            ({"tier": "x"}, None),
        ],
    )
    def test_filters_narrow_the_list(
        self, query: dict[str, str], expected: set[int] | None, owner: Client, launch: Launch
    ) -> None:
        page = read(owner.get(reverse("lead_list"), {"launch": launch.pk} | query))
        listed = {
            number
            for number in range(LEADS)
            if reverse("lead_detail", args=[_get_id(number)]) in page
        }  # fmt: skip
        assert listed == (set(range(LEADS)) if expected is None else expected)

    def test_pages_follow_each_other_without_loss_or_repetition(
        self, launch: Launch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lead_list, "PAGE_ROWS", 3)
        tie = create_contact(102)
        create_capture(tie, launch, 0)
        create_score(tie, launch, 0.2)  # the same probability as another lead's
        for number in (103, 104, 105):
            create_capture(create_contact(number), launch, 0)
        recount_launch(launch)
        chosen = lead_list.LeadFilter(launch)
        seen: list[int] = []
        key: str | None = ""
        pages = 0
        while key is not None:
            page = lead_list.read_lead_page(chosen, key)
            seen += [row.contact.pk for row in page.rows]
            key, pages = page.next_key, pages + 1
        assert pages == 4
        assert len(seen) == len(set(seen)) == LEADS + 4
        for number in (102, 103, 104, 105):
            contact = Contact.objects.get(pk=_get_id(number))
            CurrentScore.objects.filter(contact=contact).delete()
            contact.captures.all().delete()
        recount_launch(launch)

    @pytest.mark.parametrize("key", ["nonsense", "0.5", "_", "x_1", "nan_1", "1e999_5", "_99999999999999999999"])
    def test_a_key_that_is_none_breaks_nothing(self, key: str, owner: Client, launch: Launch) -> None:
        assert owner.get(reverse("lead_list"), {"before": key}).status_code == 200

    @pytest.mark.parametrize("text", ["lead0@example.org", " LEAD0@Example.org ", "+55 11 98765-4000"])
    def test_the_search_finds_exactly_and_tells_no_address(
        self, text: str, owner: Client, first: Contact, caplog: pytest.LogCaptureFixture
    ) -> None:
        found = owner.post(reverse("lead_find"), {"text": text})
        assert found.headers["Location"] == reverse("lead_detail", args=[first.pk])
        assert owner.get(reverse("lead_find"), {"text": text}).status_code == 405
        assert "lead0" not in caplog.text

    def test_the_search_finds_no_part_of_an_address(self, owner: Client, launch: Launch) -> None:
        for text in ("lead0", "example.org", "%", "", "99999999999999999999999", "@"):
            assert owner.post(reverse("lead_find"), {"text": text}).headers["Location"] == reverse("lead_list")


class TestOneLead:
    def test_scores_their_history_the_timeline_and_consent_are_shown(self, owner: Client, first: Contact) -> None:
        page = read(owner.get(reverse("lead_detail", args=[first.pk])))
        for text in (
            "provisional",
            "Scores before",
            "Bought",
            "R$197.00",
            "Captured",
            "Marketing by e-mail",
            "granted",
        ):
            assert text in page
        assert "lead0@example.org" not in page

    def test_reasons_are_in_the_readers_language_on_pages_and_in_files(
        self, owner: Client, launch: Launch, first: Contact
    ) -> None:
        said = {"en": "Bought 3 times in the last 90 days", "pt-br": "Comprou 3 vezes nos últimos 90 dias"}
        for language, text in said.items():
            headers = {"accept-language": language}
            pages = [
                read(owner.get(reverse("lead_detail", args=[first.pk]), headers=headers)),
                read(owner.get(reverse("lead_list"), {"launch": launch.pk}, headers=headers)),
            ]
            (other,) = set(said.values()) - {text}
            assert all(text in page and other not in page for page in pages)
            asked = {"launch": launch.pk, "tier": "hot", "format": "csv"}
            assert read_csv(owner.post(reverse("lead_export"), asked, headers=headers))[0]["reason_1"] == text
            known = owner.post(reverse("lead_access", args=[first.pk]), headers=headers).json()
            assert [reason["text"] for reason in known["scores"][0]["reasons"]] == [text]

    def test_each_kept_score_says_why_it_moved(self, owner: Client, first: Contact) -> None:
        page = read(owner.get(reverse("lead_detail", args=[first.pk])))
        assert "Another model gave this score" in page
        assert "the first that is kept" in page
        CurrentScore.objects.filter(contact=first).update(model_version="old")
        before = [{**BOUGHT, "value": 1.0, "contribution": 0.2}]
        Score.objects.filter(contact=first).update(reasons=before, feature_hash=store_example_features())
        page = read(owner.get(reverse("lead_detail", args=[first.pk])))
        assert "up: Bought 3 times in the last 90 days (before: once)" in page
        assert "Most of the step comes from reasons that are not kept" in page

    def test_who_looks_at_a_name_is_noted(self, owner: Client, clients: Clients, first: Contact) -> None:
        before = AuditEntry.objects.filter(action="contact.revealed").count()
        page = read(owner.post(reverse("lead_reveal", args=[first.pk])))
        assert "lead0@example.org" in page
        assert "Ana Lead0" in page
        entry = AuditEntry.objects.filter(action="contact.revealed").latest("pk")
        assert (entry.actor_id, entry.subject_id) == (clients.cast.owner.pk, str(first.pk))
        assert AuditEntry.objects.filter(action="contact.revealed").count() == before + 1

    def test_a_merged_contact_leads_to_who_they_became(self, owner: Client, first: Contact) -> None:
        merged = create_contact(106, merged_into=first)
        page = read(owner.get(reverse("lead_detail", args=[merged.pk])))
        assert f"id <code>{first.pk}</code>" in page

    def test_what_a_form_wrote_is_text_on_the_page(self, owner: Client, launch: Launch) -> None:
        contact = create_contact(107, name="<script>alert(1)</script>")
        create_capture(contact, None, 0, utm_campaign="<img src=x onerror=alert(1)>")
        page = read(owner.post(reverse("lead_reveal", args=[contact.pk])))
        assert "<script>alert" not in page
        assert "<img src=x" not in page


class TestTheListAsAFile:
    def test_the_file_has_what_the_list_shows_and_who_may_be_written_to(
        self, owner: Client, launch: Launch, first: Contact
    ) -> None:
        response = owner.post(reverse("lead_export"), {"launch": launch.pk, "tier": "hot", "format": "csv"})
        assert response.headers["Content-Disposition"] == 'attachment; filename="leads-2026-03-cake-hot.csv"'
        rows = read_csv(response)
        assert [row["lead_id"] for row in rows] == [str(_get_id(0)), str(_get_id(1))]
        assert (rows[0]["email"], rows[0]["may_email_marketing"], rows[0]["may_ads_sharing"]) == (
            "lead0@example.org", "yes", "no",
        )  # fmt: skip
        assert float(rows[0]["probability"]) == CurrentScore.objects.get(contact=first).probability
        entry = AuditEntry.objects.filter(action="leads.exported").latest("pk")
        assert entry.details == {
            "launch": "2026-03-cake", "tier": "hot", "source": "", "rows": 2, "format": "csv"
        }  # fmt: skip

    @pytest.mark.parametrize("named", ["csv", "", "9" * 40, "-1"])
    def test_a_launch_that_is_none_is_not_found(self, owner: Client, named: str) -> None:
        for page in ("lead_export", "campaign_export"):
            assert owner.post(reverse(page), {"launch": named}).status_code == 404

    def test_cells_that_a_spreadsheet_would_run_are_text(self, owner: Client, launch: Launch, first: Contact) -> None:
        Contact.objects.filter(pk=first.pk).update(name=FORMULA)
        asked = {"launch": launch.pk, "tier": "hot"}
        assert read_csv(owner.post(reverse("lead_export"), asked | {"format": "csv"}))[0]["name"] == "'" + FORMULA
        content = b"".join(owner.post(reverse("lead_export"), asked | {"format": "xlsx"}).streaming_content)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        cell = sheet.cell(2, 3)
        assert (cell.value, cell.data_type) == (FORMULA, "s")
        assert sheet.max_row == 3
        Contact.objects.filter(pk=first.pk).update(name="Ana Lead0")

    @pytest.mark.parametrize("role", ["seller", "viewer"])
    def test_others_take_nothing_out(self, role: str, clients: Clients, launch: Launch) -> None:
        response = clients.sign_in(role).post(reverse("lead_export"), {"launch": launch.pk, "format": "csv"})
        assert response.status_code == 403


class TestJobs:
    def test_a_running_job_shows_its_progress_and_can_be_cancelled(self, owner: Client, web: Installation) -> None:
        job = Job.objects.create(kind="sync", state=JobState.RUNNING, progress="1,000 of 2,000 rows", attempts=1)
        page = read(owner.get(reverse("job_detail", args=[job.pk])))
        assert "1,000 of 2,000 rows" in page
        assert 'hx-trigger="every 2s"' in page
        owner.post(reverse("job_cancel", args=[job.pk]))
        job.refresh_from_db()
        assert job.cancel_requested
        Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="the disk is full")
        part = read(owner.get(reverse("job_detail", args=[job.pk]), headers={"HX-Request": "true"}))
        assert "the disk is full" in part
        assert "hx-trigger" not in part
        assert "<html" not in part

    def test_jobs_that_scored_arrivals_well_are_a_number(self, owner: Client, web: Installation) -> None:
        for state in (JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.FAILED):
            job = Job.objects.create(kind="score_arrivals", state=state, ended_at=get_now())
        page = read(owner.get(reverse("job_list")))
        assert "2 jobs scored what arrived in the last 24 hours, and ended well." in page
        assert page.count("scores of who arrived") == 1
        assert f"{job.pk}: scores of who arrived<" in page

    def test_jobs_and_audit_entries_are_paged(self, owner: Client, web: Installation) -> None:
        Job.objects.bulk_create(Job(kind="sync", state=JobState.SUCCEEDED) for _ in range(60))
        page = read(owner.get(reverse("job_list")))
        key = page.split("before=")[1].split('"')[0]
        rest = read(owner.get(reverse("job_list"), {"before": key}))
        assert f"{key}: the history<" in page
        assert f"{int(key) - 1}: the history<" in rest
        assert owner.get(reverse("audit_list"), {"before": "x"}).status_code == 200


def _get_id(number: int) -> int:
    return Contact.objects.get(email_hmac=hash_lookup("email", f"lead{number}@example.org")).pk


class TestTheDemo:
    def test_an_owner_is_asked_before_all_of_it_goes(self, owner: Client, clients: Clients, launch: Launch) -> None:
        register_kinds()
        address = reverse("demo_remove")
        assert owner.get(address).status_code == 404
        InstallationRow.objects.update(is_demo=True)
        assert f'href="{address}"' in read(owner.get("/"))
        assert "Remove all of it" in read(owner.get(address))
        marketer = clients.sign_in("marketer")
        assert address not in read(marketer.get("/"))
        assert marketer.post(address).status_code == 403
        assert not Job.objects.filter(kind="remove_demo").exists()
        owner.post(address)
        job = Job.objects.get(kind="remove_demo")
        assert job.created_by_id == clients.cast.owner.pk
        assert AuditEntry.objects.filter(action="demo.removal_asked").exists()
        job.delete()
        InstallationRow.objects.update(is_demo=False)
