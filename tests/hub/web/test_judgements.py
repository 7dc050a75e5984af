"""A file of scores from the form to its verdict on a page, and what goes with it when it is removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hotleads.hub.intake.score_files import find_scores
from hotleads.hub.modelling.judging import describe_judgement, run_judging
from hotleads.hub.models import AuditEntry, Job, JobState, Judgement, JudgementState
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.judge import JudgeOptions, judge_scores
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients

SCORES = b"email,score\nana@example.org,90\nbia@example.org,10\n"


@pytest.fixture(autouse=True)
def _kinds(web: Installation) -> Iterator[None]:
    register_kinds()
    yield
    assert not list(web.data.rglob("*ana*"))  # no file is called as its owner called it


def bring(client: Client, name: str = "ana.csv", content: bytes = SCORES, **fields: str) -> Judgement:
    response = client.post(reverse("judgement_create"), {"document": SimpleUploadedFile(name, content)} | fields)
    assert response.status_code == 302, response.content.decode()
    return Judgement.objects.latest("pk")


def store_example(judgement: Judgement, tmp_path: Path) -> None:
    """Keep the judgement of a hundred scores of which the higher bought more often."""
    leads = [(f"l{number}@example.org", number, int(number * 7 % 10 < number / 25)) for number in range(100)]
    scores, outcomes = tmp_path / "scores.csv", tmp_path / "outcomes.csv"
    scored = "".join(f"{lead},{score},2026-01-01\n" for lead, score, _ in leads)
    bought = "".join(f"{lead},{yes},2026-01-05\n" for lead, _, yes in leads)
    scores.write_text(f"email,score,as_of\n{scored}", encoding="utf-8")
    outcomes.write_text(f"email,bought,bought_at\n{bought}later@example.org,1,2026-06-01\n", encoding="utf-8")
    result = describe_judgement(judge_scores(scores, outcomes=outcomes, options=JudgeOptions(horizon_days=30)))
    Judgement.objects.filter(pk=judgement.pk).update(state=JudgementState.JUDGED, result=result)


def test_a_file_becomes_a_job_and_waits_under_a_neutral_name(owner: Client) -> None:
    judgement = bring(owner, given_at="2026-02-01T10:00", score="score")
    path = find_scores(judgement)
    assert path is not None
    assert path.read_bytes() == SCORES
    assert judgement.options["given_at"].startswith("2026-02-01T10:00")
    job = Job.objects.get(kind="judge_scores", options={"judgement_id": str(judgement.pk)})
    assert "ana" not in str(job.options)
    assert AuditEntry.objects.filter(action="judgement.asked", subject_id=str(judgement.pk)).exists()
    page = owner.get(reverse("judgement_detail", args=[judgement.pk])).content.decode()
    assert "every 2s" in page
    Job.objects.update(state=JobState.FAILED)
    stopped = owner.get(reverse("judgement_detail", args=[judgement.pk]), headers={"HX-Request": "true"})
    assert "without a verdict" in stopped.content.decode()


def test_without_rows_the_file_is_refused_with_the_remedy_and_removed(owner: Client) -> None:
    judgement = bring(owner)
    assert run_judging({"judgement_id": str(judgement.pk)}, lambda _text: None) == {"verdict": "refused"}
    judgement.refresh_from_db()
    assert (judgement.state, find_scores(judgement)) == (JudgementState.REFUSED, None)
    address = reverse("judgement_detail", args=[judgement.pk])
    assert "bring those first" in owner.get(address).content.decode()
    portuguese = owner.get(address, headers={"accept-language": "pt-br"}).content.decode()
    assert "traga-os primeiro" in portuguese
    done = owner.get(reverse("judgement_detail", args=[judgement.pk]), headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert run_judging({"judgement_id": str(judgement.pk)}, lambda _text: None) == {"verdict": "refused"}


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_the_page_says_the_verdict_first_and_each_figure(
    language: str, owner: Client, clients: Clients, tmp_path: Path
) -> None:
    judgement = bring(owner)
    store_example(judgement, tmp_path)
    judgement.refresh_from_db()
    address = reverse("judgement_detail", args=[judgement.pk])
    page = owner.get(address, headers={"accept-language": language}).content.decode()
    texts = judgement.result["texts"]["pt_BR" if language == "pt-br" else "en"]
    assert f"<h1>{texts['headline']}</h1>" in page
    assert all(sentence in page for sentence in texts["sentences"])
    assert "<svg" in page
    assert page.index("<h1>") < page.index("<svg")
    assert ">100<" in page  # judged
    assert f">{judgement.result['figures']['buyers']}<" in page
    assert "ana.csv" in page
    assert "ana.csv" not in clients.sign_in("viewer").get(address).content.decode()


def test_it_is_removed_after_a_question(owner: Client) -> None:
    judgement = bring(owner)
    path = find_scores(judgement)
    address = reverse("judgement_remove", args=[judgement.pk])
    assert "for good" in owner.get(address).content.decode()
    assert Judgement.objects.filter(pk=judgement.pk).exists()
    owner.post(address)
    assert not Judgement.objects.filter(pk=judgement.pk).exists()
    assert path is not None
    assert not path.exists()
    assert Job.objects.get(options={"judgement_id": str(judgement.pk)}).state == JobState.CANCELLED


def test_a_file_whose_name_the_disk_does_not_take_comes_in(owner: Client) -> None:
    content = b"email,score\nana@example.com,0.5\n"
    page = owner.post(reverse("judgement_create"), {"document": SimpleUploadedFile("é" * 250 + ".csv", content)})
    assert page.status_code == 302


@pytest.mark.parametrize(("name", "content"), [("x.exe", b"MZ"), ("x.csv.gz", b"no gzip"), ("x.csv", b"a," * 6000)])
def test_hostile_files_are_refused_on_the_form(name: str, content: bytes, owner: Client) -> None:
    before = Judgement.objects.count()
    page = owner.post(reverse("judgement_create"), {"document": SimpleUploadedFile(name, content)})
    assert "field-error" in page.content.decode()
    assert Judgement.objects.count() == before
