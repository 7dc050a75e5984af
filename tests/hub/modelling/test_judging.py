"""Scores of another tool, with addresses, judged by the hub's rows as the lab judges them by the history."""

from pathlib import Path

import pandas as pd
import pytest

from hotleads.history import open_history
from hotleads.hub.intake.score_files import find_scores, receive_scores
from hotleads.hub.modelling.judging import run_judging
from hotleads.hub.models import HISTORY_FOLDER, Contact, Identity, IdentityKind, Judgement, JudgementState
from hotleads.hub.sealing import hash_lookup
from hotleads.judge import judge_scores, judgement_to_json
from tests.hub.installations import Installation
from tests.hub.modelling.sample_hub import fill_hub

pytestmark = pytest.mark.slow
LAUNCH_OPENS = "2025-04-07T13:00:00Z"


def test_the_verdict_is_the_labs_and_the_file_is_gone(sqlite_installation: Installation, tmp_path: Path) -> None:
    contacts = fill_hub(every=6)
    addresses = {pk: f"{lead}@example.org".lower() for lead, pk in contacts.items()}
    Identity.objects.bulk_create(
        Identity(
            contact_id=pk, kind=IdentityKind.EMAIL, value=address, value_hmac=hash_lookup("email", address)
        )
        for pk, address in addresses.items()
    )  # fmt: skip
    values = [(address, (pk * 37) % 101, LAUNCH_OPENS) for pk, address in addresses.items()]
    mailed = tmp_path / "of-a-tool.csv"
    pd.DataFrame(values, columns=["email", "score", "as_of"]).to_csv(mailed, index=False)
    judgement = receive_scores(mailed, {})
    result = run_judging({"judgement_id": str(judgement.pk)}, lambda _text: None)
    judgement.refresh_from_db()
    assert judgement.state == JudgementState.JUDGED, judgement.problems
    assert find_scores(judgement) is None
    plain = tmp_path / "scores.csv"
    rows = [(pk, (pk * 37) % 101, LAUNCH_OPENS) for pk in addresses]
    pd.DataFrame(rows, columns=["lead_id", "score", "as_of"]).to_csv(plain, index=False)
    wanted = judgement_to_json(judge_scores(plain, open_history(sqlite_installation.data / HISTORY_FOLDER)))
    found = judgement.result["figures"]
    for name in ("verdict", "judged", "buyers", "excluded", "order", "rivals", "heights", "call_lists", "currency"):
        assert found[name] == wanted[name], name
    assert result == {"verdict": wanted["verdict"]["code"], "judged": wanted["judged"], "buyers": wanted["buyers"]}
    assert found["judged"] > 20
    assert "@" not in str(judgement.result)
    assert not Contact.objects.filter(email__isnull=False).exists()
    assert Judgement.objects.count() == 1
