"""Answers over HTTP beside the batch, to the bit: ``python benchmarks/serving_parity.py [--online-retail FOLDER]``.

A marketplace is simulated, and Online Retail is imported where it is given. For each, a model is trained as of the last
launch, the launch is scored as ``hotleads score`` does, and a running service is asked for the scores of all its leads:
in batches, and one by one. Probability, log-odds, score, tier and reasons must be equal to the bit and to the
word, under the same hashes.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ |= {"OMP_WAIT_POLICY": "passive", "BENTOML_DO_NOT_TRACK": "True"}

import pandas as pd
from http_load import Connection, build_request
from local_server import serve_locally

from hotleads.history import History, import_history, open_history
from hotleads.scoring import build_scored_rows, predict_launch, save
from hotleads.scoring.online import build_request_leads
from hotleads.simulator import SimulationOptions, simulate
from hotleads.training import FitOptions, fit_model

ROOT = Path(__file__).parents[1]
TOLD = ("lead_id", "probability", "logit", "score", "tier")
A_BATCH = 200


def main() -> None:
    """Compare one history after the other; end with an error where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=30_000, help="people in the simulated history")
    parser.add_argument("--online-retail", type=Path, help="the folder that data/mappings/online_retail.toml maps")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        simulate(folder / "raw", SimulationOptions(seed=7, leads=options.leads, launches=6))
        import_history(folder / "raw", folder / "simulated")
        compared = check(folder, open_history(folder / "simulated"), "simulator")
        if options.online_retail is not None:
            mapping = ROOT / "data" / "mappings" / "online_retail.toml"
            import_history(options.online_retail, folder / "retail", mapping=mapping)
            compared += check(folder, open_history(folder / "retail"), "Online Retail")
    print(f"{compared:,} leads compared, all equal")


def check(folder: Path, history: History, name: str) -> int:
    """Compare one history's last launch; return the number of leads. Raises SystemExit at the first difference."""
    launch = list(history.launches.values())[-1]
    model = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model
    ranked = predict_launch(history, launch, model)
    rows = pd.concat(build_scored_rows(ranked), ignore_index=True)
    served = folder / f"model {name}"
    save(model, served)
    (served / "launches").mkdir()
    (served / "launches" / "scored.json").write_text(json.dumps(ranked.profile.to_json()))
    leads = build_request_leads(history, rows["lead_id"])
    with serve_locally(folder, ["hotleads", "serve", "--model", str(served)], "/readyz") as server:
        connection = Connection(server.port)
        for start in range(0, len(leads), A_BATCH):
            check_answers(
                connection, launch.launch_id, rows.iloc[start : start + A_BATCH], leads[start : start + A_BATCH]
            )
        for position in range(len(leads)):
            check_answers(
                connection, launch.launch_id, rows.iloc[position : position + 1], leads[position : position + 1]
            )
        connection.close()
    print(f"{name}: {len(leads):,} leads of {launch.launch_id} in batches and one by one: equal", flush=True)
    return len(leads)


def check_answers(connection: Connection, launch_id: str, rows: pd.DataFrame, leads: Sequence[dict[str, Any]]) -> None:
    """Raise SystemExit where the response differs from the rows."""
    body = json.dumps({"launch_id": launch_id, "leads": leads}).encode()
    answer = json.loads(connection.ask(build_request("/score", body)))
    for hashed in ("model_version", "feature_hash", "context_hash", "tier_policy"):
        if {answer[hashed]} != set(rows[hashed]):
            raise SystemExit(f"{hashed} differs: {answer[hashed]}")
    for row, answered in zip(rows.to_dict("records"), answer["leads"], strict=True):
        expected = {name: row[name] for name in TOLD}
        expected |= {"as_of": row["as_of"].isoformat(), "reasons": list(row["reasons"])}
        if expected != answered:
            raise SystemExit(f"{row['lead_id']} differs:\n{expected}\n{answered}")


if __name__ == "__main__":
    main()
