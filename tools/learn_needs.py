"""Learn which values are needed again, from real sessions, and write the trees that the planner asks.

    uv run --with catboost python tools/learn_needs.py [--check]

1. Sessions are cut at many points, and the values of the old part are asked about as the planner asks.
2. A value was needed where the replay benchmark says so: a later call takes it from the old part.
3. Boosted oblivious trees are fitted; each split sees a third of the features, so that no feature carries all. A
   session's weight grows a little slower than the values that it needed.
4. With ``--check`` sessions are held out in five folds, and for each kind the share of needed values among the first
   values by probability is printed; nothing is written.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from catboost import CatBoostClassifier

from benchmarks.replay import cases as replay
from context_compression.needs import FEATURES, question
from context_compression.sight import calls_of, sight_of
from context_compression.words import key_of
from context_core import build, read, window

OUTPUT = Path(__file__).parents[1] / "packages/context-compression/src/context_compression/needs.json"
EVERY = tuple(share / 100 for share in range(15, 96, 5))
CUTS = {"claude_code": EVERY, "codex": EVERY, "pi": EVERY, "tau2": (0.3, 0.5, 0.65, 0.8, 0.9), "tau": (0.5, 0.8),
        "swe": (0.3, 0.5, 0.65, 0.8)}  # fmt: skip
MORE_KINDS = {"pi": ("entire_pi", "*full.jsonl"), "tau": ("tau_bench", "*.json"), "swe": ("swe_agent_traj", "*.traj")}
SETTING = {"iterations": 140, "depth": 3, "learning_rate": 0.07, "rsm": 0.35, "l2_leaf_reg": 10, "border_count": 32}
POWER = 0.1
"""A session's values weigh the number of needed ones among them to the minus of this."""
SHARES = (0.03, 0.05, 0.1, 0.2, 0.3, 0.5)


def main() -> None:
    """Read the arguments, learn, write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="hold sessions out and print how well needs are told")
    given = parser.parse_args()
    replay.KINDS.update(MORE_KINDS)
    rows = [row for kind, cuts in CUTS.items() for row in _rows(kind, cuts)]
    if given.check:
        _check(rows)
    else:
        OUTPUT.write_text(json.dumps(_record(_fitted(rows))))
        print(f"{len(rows)} cuts, {sum(int(row[3].sum()) for row in rows)} needed values; wrote {OUTPUT.name}")


def _rows(kind: str, cuts: tuple[float, ...]) -> list[tuple]:
    """Return for each case its kind, its session, the features of its values, and which were needed."""
    found = []
    for case in replay.cases(kind, cuts):
        graph = build(read(case.messages, format="openai-chat"), session_id="s")
        shown = window(graph)
        recent = set(list(dict.fromkeys(node.message_id for node in shown.nodes))[-case.protected :])
        stays = [node.is_system or node.is_instruction or node.message_id in recent for node in shown.nodes]
        sight = sight_of(shown.nodes)
        asked = question(sight, stays, calls_of(shown.nodes, shown.calls))
        keys = np.array([key_of(need.value) for need in case.needed], np.uint64)
        found.append((kind, case.name.rsplit("@", 1)[0], asked.features, np.isin(sight.keys[asked.asked], keys)))
    return found


def _fitted(rows: list[tuple]) -> CatBoostClassifier:
    needed = {name: sum(row[3].sum() for row in rows if row[1] == name) for name in {row[1] for row in rows}}
    features = np.concatenate([row[2] for row in rows])
    labels = np.concatenate([row[3] for row in rows]).astype(int)
    weights = np.concatenate([np.full(len(row[3]), max(5, needed[row[1]]) ** -POWER) for row in rows])
    model = CatBoostClassifier(**SETTING, random_seed=0, verbose=0, allow_writing_files=False, thread_count=1)
    return model.fit(features, labels, sample_weight=weights)


def _record(model: CatBoostClassifier) -> dict:
    """Return the trees as `Trees.from_record` reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        learned = json.loads(path.read_text())
    scale, (bias,) = learned["scale_and_bias"]
    trees = [
        {
            "splits": [[FEATURES[split["float_feature_index"]], round(split["border"], 4)] for split in tree["splits"]],
            "leaves": [round(value * scale, 4) for value in tree["leaf_values"]],
        }
        for tree in learned["oblivious_trees"]
    ]
    return {"bias": round(float(bias), 4), "trees": trees}


def _check(rows: list[tuple], folds: int = 5) -> None:
    names = sorted({row[1] for row in rows})
    np.random.default_rng(0).shuffle(names)
    fold = {name: number % folds for number, name in enumerate(names)}
    ranks: dict[str, list[float]] = {}
    for number in range(folds):
        model = _fitted([row for row in rows if fold[row[1]] != number])
        for kind, _, features, needed in (row for row in rows if fold[row[1]] == number and row[3].any()):
            order = np.argsort(-model.predict_proba(features)[:, 1])
            rank = np.empty(len(order))
            rank[order] = np.arange(len(order)) / len(order)
            ranks.setdefault(kind, []).extend(rank[needed])
    for kind, found in ranks.items():
        shares = "  ".join(f"{share:.0%}: {np.mean(np.array(found) < share):.2f}" for share in SHARES)
        print(f"{kind}: {len(found)} needed values; among the first {shares}")


if __name__ == "__main__":
    main()
