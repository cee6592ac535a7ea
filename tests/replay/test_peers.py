"""The peers' protocol, with those that need nothing but the standard library."""

from __future__ import annotations

import json

import pytest

from benchmarks.replay.conformance import PipelineCompactor, Turn
from benchmarks.replay.environments import PEERS, REQUIREMENTS, python_of, run
from context_core import EncodingCounter

STDLIB = ("masking", "head_tail")


def session(results: int = 12, target: int = 1_200) -> dict:
    """Return a case with as many long results, of which the last two are protected."""
    messages = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Find the fault."}]
    for number in range(results):
        function = {"name": "read", "arguments": json.dumps({"path": f"src/part_{number}.py"})}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        text = "".join(f"value_{number}_{line} = compute({line})\n" for line in range(40))
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": text})
    return {"id": "made", "messages": messages, "target_tokens": target, "protected": 4}


def size(messages: list[dict]) -> int:
    """Return the tokens of messages as the protocol counts them."""
    strings, parts = [], 0
    for message in messages:
        calls = message.get("tool_calls") or []
        parts += len(calls) + (message["content"] is not None)
        strings += [message["content"] or "", message.get("tool_call_id", "")]
        strings += [text for c in calls for text in (c["function"]["name"], c["function"]["arguments"], c["id"])]
    return 4 * parts + sum(EncodingCounter().count_many(strings))


@pytest.mark.parametrize("peer", STDLIB)
@pytest.mark.parametrize("target", [1_600, 2_500, 4_000])
def test_a_target_that_can_be_met_is_met(peer, target):
    """The messages cost the target at most, and not much less than could stay."""
    [answer] = run(peer, [session(target=target)])
    assert answer["id"] == "made"
    assert answer["recoverable"] is None
    assert answer["seconds"] >= 0
    assert target - 450 < size(answer["messages"]) <= target


@pytest.mark.parametrize("peer", STDLIB)
def test_only_old_results_change(peer):
    """The system prompt, calls and protected messages stay, and each result keeps its place."""
    case = session()
    [answer] = run(peer, [case])
    pairs = list(zip(case["messages"], answer["messages"], strict=True))
    assert pairs[-4:] == [(was, was) for was in case["messages"][-4:]]
    changed = [(was, found) for was, found in pairs if was != found]
    assert changed
    assert all(was["role"] == "tool" and found == {**was, "content": found["content"]} for was, found in changed)


def test_masking_takes_the_oldest_first():
    """The results that stay are the latest."""
    [answer] = run("masking", [session(target=3_000)])
    masked = ["cleared" in m["content"] for m in answer["messages"] if m["role"] == "tool"]
    assert masked == sorted(masked, reverse=True)
    assert 0 < sum(masked) < 10


def test_head_and_tail_both_stay():
    """Of a long result, its first and last words can be read."""
    [answer] = run("head_tail", [session(target=3_000)])
    first = answer["messages"][3]["content"]
    assert first.startswith("value_0_0 = ")
    assert first.endswith("compute(39)\n")
    assert "characters cut" in first


@pytest.mark.parametrize("peer", STDLIB)
def test_what_fits_stays_as_it_was(peer):
    """A case within its target is not changed, even where all of it is protected."""
    case = session(results=2, target=100_000)
    tiny = session(results=1, target=1) | {"protected": 99}
    assert [answer["messages"] for answer in run(peer, [case, tiny])] == [case["messages"], tiny["messages"]]


def test_an_error_is_the_answer_to_its_case_alone():
    """A case that a peer cannot read gets an error, and the next one an answer."""
    broken = {"id": "broken", "messages": [{"content": "no role"}], "target_tokens": 10, "protected": 0}
    answers = list(run("masking", [broken, session()]))
    assert answers[0] == {"id": "broken", "error": "KeyError: 'role'"}
    assert answers[1]["id"] == "made"
    assert "messages" in answers[1]


def test_a_peer_that_takes_too_long_is_an_error_a_case():
    """Each case gets a new process, and all are answered."""
    answers = list(run("masking", [session(), session()], limit=0))
    assert [answer["error"] for answer in answers] == ["got no answer, expected one in 0 s"] * 2


def test_every_peer_has_its_requirements_pinned():
    """Each file of a peer is listed, and each requirement names one version."""
    files = {path.stem for path in PEERS.glob("*.py")} - {"_protocol"}
    assert files == set(REQUIREMENTS) - {"conformance"}
    assert all(pin.count("==") == 1 for pins in REQUIREMENTS.values() for pin in pins)


def test_peers_without_requirements_need_no_environment(tmp_path):
    """They run in this interpreter, and nothing is made."""
    assert all(python_of(peer, tmp_path).exists() for peer in STDLIB)
    assert list(tmp_path.iterdir()) == []


def test_the_compactor_meets_a_budget_in_characters():
    """The text has at most so many, and is the same in the next round."""
    turns = [Turn("user", f"Rule {number}: the port of service_{number} is {8000 + number}.") for number in range(60)]
    compactor = PipelineCompactor()
    first = compactor.compact(turns, budget_chars=1_000)
    assert len(first.text) <= 1_000
    assert compactor.compact([Turn("system", first.text)], 2, 1_000).text == first.text
