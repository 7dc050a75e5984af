"""A finding reads as a sentence with its place and its remedy."""

from checks import Finding


def test_a_finding_in_words() -> None:
    found = Finding(
        "mixed-currencies", "warning", "purchases", "currency", 12, "Convert them.", "12 of 90 are not in BRL", ("USD",)
    )
    told = "[mixed-currencies] purchases.currency: 12 of 90 are not in BRL (such as USD). Convert them."
    assert str(found) == told
    assert (
        str(Finding("a", "note", "leads", "", 0, "Do nothing.", "all is well")) == "[a] leads: all is well. Do nothing."
    )
