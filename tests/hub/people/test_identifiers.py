"""Normal forms of addresses and numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.hub.people.identifiers import build_person, normalise_email


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Ana.Souza@Example.COM ", "ana.souza@example.com"),
        ("ana+launch@gmail.com", "ana+launch@gmail.com"),
        ("jose\u0301@exemplo.com.br", "jos\u00e9@exemplo.com.br"),
        ("ana@m\u00fcnchen.de", "ana@xn--mnchen-3ya.de"),
        ("ana@XN--MNCHEN-3YA.de", "ana@xn--mnchen-3ya.de"),
        ("ana@stra\u00dfe.de", "ana@xn--strae-oqa.de"),
    ],
)
def test_addresses_have_one_normal_form(written: str, address: str) -> None:
    assert normalise_email(written) == address


@pytest.mark.parametrize(
    "text", ["", "ana", "@example.com", "ana@", "ana@local", "a b@example.com", "ana\x00@example.com", "a@-.com"]
)
def test_what_is_no_address_has_none(text: str) -> None:
    assert normalise_email(text) is None


@given(text=st.text(max_size=30), domain=st.sampled_from(["example.com", "EXEMPLO.com.br", "açaí.com"]))
def test_a_normal_form_is_its_own(text: str, domain: str) -> None:
    address = normalise_email(f"{text}@{domain}")
    assert address is None or normalise_email(address) == address


def test_a_number_is_read_in_its_country() -> None:
    assert build_person("", "(11) 98765-4321", "BR").phone == "+5511987654321"
    assert build_person("", "+55 11 98765-4321", "").phone == "+5511987654321"
    assert not build_person("", "98765", "BR", name="Ana").is_identified
