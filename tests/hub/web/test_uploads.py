"""Files from the form to their rows: mapping, verdict, job, and what is refused."""

import html
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hotleads.hub.clock import get_now
from hotleads.hub.intake.file_fields import list_fields
from hotleads.hub.intake.proposals import propose_mappings
from hotleads.hub.intake.uploads import check_upload, get_upload_folder, run_import
from hotleads.hub.models import (
    AuditEntry,
    Capture,
    ConsentEvent,
    Contact,
    Job,
    Launch,
    Strategy,
    Upload,
    UploadKind,
    UploadState,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.privacy.retention import run_retention
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.hub.web.upload_mapping import FIELD_LABELS
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients

LEADS = (
    "E-mail,Nome,Data,utm_campaign,Profissão\n"
    "ana@example.org,Ana,2026-02-01 10:00:00,pie-may,nurse\n"
    "bia@example.org,Bia,2026-02-02 10:00:00,cake,teacher\n"
)


@pytest.fixture(autouse=True)
def _kinds(web: Installation) -> Iterator[None]:
    register_kinds()
    yield
    assert not list(web.data.rglob("*ana*"))  # no file is called as its owner called it


def bring(client: Client, *files: tuple[str, bytes], **fields: str) -> Upload:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    response = client.post(reverse("upload_create"), {"kind": "leads", "documents": sent} | fields)
    assert response.status_code == 302, response.content.decode()
    return Upload.objects.latest("pk")


def send_mapping(client: Client, upload: Upload, **changes: str) -> str:
    """Send the mapping as the page proposes it, with changes by the column's name; return the page."""
    form = read_form(client.get(reverse("upload_detail", args=[upload.pk])).content.decode(), **changes)
    return client.post(reverse("upload_detail", args=[upload.pk]), form, follow=True).content.decode()


def read_form(page: str, **changes: str) -> dict[str, str]:
    """Return what the mapping's form on a page sends, with changes by the column's name."""
    form = {}
    rows = re.findall(r'<label for="(c\d+-\d+)">([^<]*)</label>.*?<select[^>]*>(.*?)</select>', page)
    for name, column, options in rows:
        chosen = re.search(r'<option(?: value="(\w*)")? selected>([^<]*)', options)
        form[name] = changes.get(column, (chosen[1] or chosen[2]) if chosen else "")
    assert form, page
    hidden = re.findall(r'<input type="hidden" name="(left_out)" value="([^"]*)">', page)
    return form | dict(hidden)


def test_from_the_file_to_the_rows_with_consent_and_rules(owner: Client, web: Installation) -> None:
    pie = Launch.objects.create(
        key="pie", strategy=Strategy.CLASSIC, capture_rules=[{"field": "utm_campaign", "value": "pie-*"}]
    )
    upload = bring(
        owner, ("leads-of-ana.csv", LEADS.encode()), purpose="email_marketing", basis="consent", consent_text="I agree"
    )
    page = owner.get(reverse("upload_detail", args=[upload.pk])).content.decode()
    assert "leads-of-ana.csv" in page
    assert "Profissão" in page
    checked = send_mapping(owner, upload, Profissão="attr")
    assert "Take it in" in checked
    assert Capture.objects.count() == 0
    asked = owner.post(reverse("upload_import", args=[upload.pk]))
    job = Job.objects.get(kind="import_upload")
    assert asked.headers["Location"] == reverse("job_detail", args=[job.pk])
    owner.post(reverse("upload_import", args=[upload.pk]))
    assert Job.objects.filter(kind="import_upload").count() == 1
    run_import(job.options, lambda _text: None)
    upload.refresh_from_db()
    assert upload.state == UploadState.IMPORTED
    assert sorted(contact.email or "" for contact in Contact.objects.all()) == ["ana@example.org", "bia@example.org"]
    assert ConsentEvent.objects.filter(purpose="email_marketing", granted=True).count() == 2
    assert [capture.utm_campaign for capture in Capture.objects.filter(launch=pie)] == ["pie-may"]
    assert Capture.objects.filter(attributes__has_key="profissao").count() == 2 or Capture.objects.first().attributes
    actions = AuditEntry.objects.filter(subject_type="upload", subject_id=str(upload.pk)).values_list(
        "action", flat=True
    )
    assert {"upload.received", "upload.import_asked"} <= set(actions)
    assert "taken in" in owner.get(reverse("upload_list")).content.decode()


def test_two_columns_for_one_field_are_refused(owner: Client) -> None:
    upload = bring(owner, ("x.csv", LEADS.encode()))
    assert "to be checked" in owner.get(reverse("upload_list")).content.decode()
    refused = send_mapping(owner, upload, utm_campaign="name")
    assert "Two columns are both “Name”" in refused
    assert "Check the files" in refused  # and can be mended at once


def test_a_mapping_is_shown_once_for_like_files_with_examples_and_names_for_people(owner: Client) -> None:
    header = (
        "Email;Nome;Data da primeira conversão;Data da última conversão;Campanha da última conversão;Qual seu objetivo?"
    )
    rows = "ana@example.org;Ana;01/02/2026 10:00:00;03/02/2026 10:00:00;bolo;Renda extra"
    file = f"{header}\n{rows}\n".encode()
    upload = bring(owner, ("rd-1.csv", file), ("rd-2.csv", file))
    page = owner.get(reverse("upload_detail", args=[upload.pk])).content.decode()
    assert "<h2>rd-1.csv, rd-2.csv</h2>" in page
    assert page.count("<select id=") == len(header.split(";"))
    assert "Renda extra" in page
    assert page.count("A time too: take this one instead") == 1
    for field in ("captured_at", "utm_campaign", "email", "name"):
        assert page.count(f'value="{field}" selected') == 1
    checked = send_mapping(owner, upload, **{"Qual seu objetivo?": "attr"})
    assert "Take it in" in checked
    upload.refresh_from_db()
    assert [set(each["columns"]) for each in json.loads(upload.mapping)] == [
        {"email", "name", "captured_at", "utm_campaign", "attr_qual_seu_objetivo"}
    ] * 2
    assert "Renda extra" not in upload.mapping


def test_every_field_has_a_name_for_people() -> None:
    fields = {field for kind in UploadKind for field in list_fields(kind)}
    assert set(FIELD_LABELS) == fields


def test_an_owners_first_file_asks_where_the_business_is(sqlite_installation: Installation) -> None:
    register_kinds()
    clients = Clients()
    owner, marketer = clients.sign_in("owner"), clients.sign_in("marketer")
    address = reverse("upload_create")
    asked = owner.get(address, headers={"accept-language": "pt-BR"}).content.decode()
    for proposed in ('value="BR" selected', 'value="America/Sao_Paulo" selected', 'value="BRL"'):
        assert proposed in asked
    for language, country, zone, currency in (
        ("en-GB,en;q=0.9", "GB", "Europe/London", "GBP"),
        ("en-US,en;q=0.9", "US", "UTC", "USD"),  # of many zones the browser's own is proposed by hub.js
    ):
        asked = owner.get(address, headers={"accept-language": language}).content.decode()
        for proposed in (f'value="{country}" selected', f'value="{zone}" selected', f'value="{currency}"'):
            assert proposed in asked
    assert 'name="time_zone"' not in marketer.get(address).content.decode()
    place = {"default_country": "BR", "time_zone": "America/Sao_Paulo"}
    upload = bring(owner, ("x.csv", LEADS.encode()), **place)
    assert {name: upload.options[name] for name in place} == place
    row = InstallationRow.objects.get()
    assert (row.default_country, row.time_zone) == ("BR", "America/Sao_Paulo")
    assert AuditEntry.objects.filter(action="installation.changed").count() == 1
    assert 'name="time_zone"' not in owner.get(address).content.decode()


def test_a_file_without_anybody_is_refused_and_the_mapping_can_be_mended(owner: Client) -> None:
    upload = bring(owner, ("x.csv", LEADS.encode()))
    refused = send_mapping(owner, upload, **{"E-mail": ""})
    assert "Take it in" not in refused
    assert owner.post(reverse("upload_import", args=[upload.pk])).status_code == 404
    assert "Take it in" in send_mapping(owner, upload, **{"E-mail": "email"})


@pytest.mark.parametrize(
    ("name", "content", "fields"),
    [
        ("x.exe", b"MZ", {}),
        ("x.csv", b"", {}),
        ("x.csv", b"email\na@example.org\n", {"purpose": "email_marketing"}),
        ("x.csv", b"email\na@example.org\n", {"currency": "reais"}),
    ],
)
def test_what_cannot_be_an_upload_is_refused_on_the_form(
    name: str, content: bytes, fields: dict[str, str], owner: Client
) -> None:
    before = Upload.objects.count()
    sent = {"kind": "leads", "documents": [SimpleUploadedFile(name, content)]} | fields
    page = owner.post(reverse("upload_create"), sent)
    assert page.status_code == 200
    assert "field-error" in page.content.decode()
    assert Upload.objects.count() == before


def test_a_hostile_file_is_refused_with_its_own_name(owner: Client, web: Installation) -> None:
    upload = bring(owner, ("../../etc/nul.csv", b"email,name\na@example.org,\x00\x00\n"))
    page = owner.get(reverse("upload_detail", args=[upload.pk])).content.decode()
    assert "nul.csv" in page
    text = send_mapping(owner, upload) if "<select" in page else page
    assert "Take it in" not in text
    assert not (web.data / "etc").exists()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Data: not written like 31/05/2024 in 1 row (first at x.csv:7). The "
         "others of the column are, and nothing is guessed: 03/04 may be in March or in April."),
        ("pt-br", "Data: não está escrito como 31/05/2024 em 1 linha (primeiro em x.csv:7). Os "
         "outros da coluna estão, e nada é adivinhado: 03/04 pode ser em março ou em abril."),
    ],
)  # fmt: skip
def test_times_in_two_forms_are_refused_with_their_rows_in_the_readers_language(
    owner: Client, language: str, said: str
) -> None:
    days = [f"{day}/02/2026" for day in range(14, 19)]
    rows = "".join(f"a{number}@example.org,{day}\n" for number, day in enumerate([*days, "2026-02-19"]))
    upload = bring(owner, ("x.csv", f"email,Data\n{rows}".encode()))
    headers = {"accept-language": language}
    proposed = owner.get(reverse("upload_detail", args=[upload.pk]), headers=headers).content.decode()
    assert {"en": "1 of 6 different values are", "pt-br": "1 de 6 valores diferentes estão"}[language] in proposed
    send_mapping(owner, upload)
    page = html.unescape(owner.get(reverse("upload_detail", args=[upload.pk]), headers=headers).content.decode())
    assert said in page, page[page.find("field-error") :][:400]
    assert "mapping" not in page.replace("of the mapping", "")


@pytest.mark.parametrize(
    ("language", "leave", "left_out", "take"),
    [
        ("en", "Leave out 1 of 13 rows", "1 row is left out, as you said:", "Do not leave them out"),
        ("pt-br", "Deixar 1 de 13 linhas de fora", "1 linha fica de fora, como você pediu:", "Não deixar de fora"),
    ],
)
def test_rows_are_left_out_by_a_button_and_taken_back_in(
    owner: Client, language: str, leave: str, left_out: str, take: str
) -> None:
    headers = {"accept-language": language}
    rows = "".join(f"a{day}@example.org,{day}/02/2026\n" for day in range(14, 26))
    upload = bring(owner, ("x.csv", f"email,Data\n{rows}b@example.org,soon\n".encode()))
    address = reverse("upload_detail", args=[upload.pk])
    send_mapping(owner, upload)
    page = owner.get(address, headers=headers).content.decode()
    assert leave in page
    form = read_form(page)
    said = re.search(r'name="left_out" value="(\w+)" class', page)
    assert said
    page = owner.post(address, form | {"left_out": said[1]}, headers=headers, follow=True).content.decode()
    assert left_out in page
    assert "x.csv:14" in page
    assert Upload.objects.get(pk=upload.pk).state == UploadState.CHECKED
    page = owner.post(address, read_form(page), headers=headers, follow=True).content.decode()
    assert left_out in page  # another check of the mapping leaves them out still
    taken = re.search(r'name="taken_back_in" value="(\w+)"', page)
    assert taken
    assert take in page
    page = owner.post(address, read_form(page) | {"taken_back_in": taken[1]}, headers=headers, follow=True)
    assert leave in page.content.decode()
    assert Upload.objects.get(pk=upload.pk).state == UploadState.REFUSED


def test_the_form_of_a_day_that_may_be_a_month_is_chosen_on_the_page(owner: Client) -> None:
    rows = "".join(f"a{day}@example.org,0{day}/04/2026\n" for day in range(1, 7))
    upload = bring(owner, ("x.csv", f"email,Data\n{rows}".encode()))
    address = reverse("upload_detail", args=[upload.pk])
    page = owner.get(address).content.decode()
    assert "May 31 is written 05/31/2024" in page
    name = next(name for name in re.findall(r'<select name="(t[\d-]+)"', page))
    page = owner.post(address, read_form(page) | {name: "%m/%d/%Y"}, follow=True).content.decode()
    assert '<option value="%m/%d/%Y" selected>' in page
    assert "the last day of May" not in page  # it is said now
    assert Upload.objects.get(pk=upload.pk).verdict["first"] == "2026-01-04T00:00:00Z"


def test_a_day_that_may_be_a_month_is_said_before_anything_is_read(owner: Client) -> None:
    rows = "".join(f"a{day}@example.org,0{day}/04/2026\n" for day in range(1, 7))
    upload = bring(owner, ("x.csv", f"email,Data\n{rows}".encode()))
    page = owner.get(reverse("upload_detail", args=[upload.pk])).content.decode()
    assert "the last day of May is read as 31/05/2024, and 05/31/2024 would fit all values too" in page


@pytest.mark.parametrize(
    ("content", "english", "portuguese"),
    [
        (
            b"name,age\nAna,30\n",
            "x.csv: no column is an e-mail address, a phone or an id",
            "x.csv: nenhuma coluna é e-mail, telefone ou id",
        ),
        (b"email\n", "the files hold no row", "os arquivos não têm nenhuma linha"),
        (
            b"email,captured_at\na@example.org,soon\n",
            "captured_at (taken for “When they signed up”): not a time in 1 row (first at x.csv:2). Below, take",
            "captured_at (lida como “Quando se cadastraram”): não é um horário em 1 linha (primeiro em x.csv:2).",
        ),
    ],
    ids=["nobody", "empty", "no time"],
)
def test_a_refusal_is_in_the_readers_language_and_names_what_the_page_has(
    owner: Client, content: bytes, english: str, portuguese: str
) -> None:
    upload = bring(owner, ("x.csv", content))
    check_upload(upload, propose_mappings(get_upload_folder(upload), upload.kind))
    for language, text in (("en", english), ("pt-br", portuguese)):
        url = reverse("upload_detail", args=[upload.pk])
        page = html.unescape(owner.get(url, headers={"accept-language": language}).content.decode())
        assert text in page
        assert "--" not in page


def test_the_template_can_be_brought_as_it_is_described(owner: Client) -> None:
    response = owner.get(reverse("upload_template"))
    header = io.StringIO(response.content.decode()).readline()
    assert header.startswith("email,name,phone,captured_at,launch_id,utm_source")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "before their days were over"), ("pt-br", "antes do fim do prazo")]
)
def test_files_that_waited_too_long_say_so_on_their_page(owner: Client, language: str, text: str) -> None:
    upload = bring(owner, ("x.csv", LEADS.encode()))
    Upload.objects.filter(pk=upload.pk).update(created_at=get_now() - timedelta(days=400))
    run_retention({}, lambda _message: None)
    page = owner.get(reverse("upload_detail", args=[upload.pk]), headers={"accept-language": language})
    assert text in page.content.decode()
