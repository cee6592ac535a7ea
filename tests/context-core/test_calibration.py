"""Calibration: what a provider's figures say about a plain count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import CalibratedCounter, EncodingCounter, Window, build, calibrate, read, window
from context_core.usage import billed_prompt


def session(factor, overhead, turns=12, usage=lambda tokens: {"input_tokens": tokens}):
    """Return the window of a session that was billed by a known rule; every second message has figures."""
    rows, counted = [], 0
    for number in range(turns):
        role = "assistant" if number % 2 else "user"
        message = {"role": role, "content": f"{number} " + "some words here " * (20 + 7 * number)}
        if number % 2:
            message |= {"id": f"m{number}", "usage": usage(round(overhead + factor * counted))}
        rows.append({"type": role, "uuid": str(number), "parentUuid": str(number - 1) if number else None,
                     "sessionId": "s", "message": message})  # fmt: skip
        counted = build(read(rows)).total_tokens
    return window(build(read(rows)))


@given(st.floats(0.6, 3.0), st.integers(0, 60_000))
def test_a_rule_is_found(factor, overhead):
    """Whatever the factor and the hidden tokens are, they come out, and the error is none."""
    found = calibrate([session(factor, overhead)])
    assert found.factor == pytest.approx(factor, rel=0.02)
    assert found.overhead_tokens == pytest.approx(overhead, abs=20)
    assert found.error < 0.02


def test_a_wrong_figure_moves_little():
    """One request that was billed ten times over is outvoted."""
    figures = iter([10, *[1] * 5])
    wrong = session(1.3, 5000, usage=lambda tokens: {"input_tokens": tokens * next(figures, 1)})
    assert calibrate([wrong, session(1.3, 5000)]).factor == pytest.approx(1.3, rel=0.1)


def test_the_error_is_told_for_sessions_not_fitted_on():
    """Two sessions of different rules tell an error, however well each fits by itself."""
    assert calibrate([session(1.0, 1000), session(2.0, 1000)]).error > 0.1


def test_the_last_bill_is_the_base_of_an_estimate():
    """What was billed is known; only what came since is estimated."""
    shown = session(1.5, 9000)
    found = calibrate([session(1.2, 2000), shown])
    assert found.estimate(shown) == pytest.approx(9000 + 1.5 * shown.tokens, rel=0.02)


def test_compression_is_seen_in_an_estimate():
    """What was billed before something was cut says nothing about the prompt after it."""
    shown = session(1.5, 9000)
    found = calibrate([shown])
    cut = shown.nodes[0].evolve(content="[cut]", tokens=9, metadata={**shown.nodes[0].metadata, "elided": "1.2"})
    less = Window("s", (cut, *shown.nodes[1:]))
    assert found.estimate(less) == pytest.approx(9000 + 1.5 * less.tokens, rel=0.02)
    assert found.estimate(less) < found.estimate(shown)


def test_a_calibrated_counter_counts_as_billed():
    """Each text by the factor, rounded up; the name and the error are told."""
    counter = CalibratedCounter(EncodingCounter(), calibrate([session(1.5, 100)]))
    plain = EncodingCounter().count("one two three four")
    assert counter.count("one two three four") == counter.count_many(["one two three four"])[0] >= 1.4 * plain
    assert counter.name.startswith("o200k_base*1.")
    assert "off by" in repr(counter)


def test_without_figures_there_is_nothing_to_fit():
    """The error says what is needed."""
    with pytest.raises(ValueError, match="expected transcripts with the provider's usage figures"):
        calibrate([window(build(read([{"role": "user", "content": "hi"}])))])


@pytest.mark.parametrize(
    ("usage", "billed"),
    [
        ({"input_tokens": 5, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 100}, 115),
        ({"input_tokens": 100, "input_tokens_details": {"cached_tokens": 90}}, 100),
        ({"input_tokens": 100, "cached_input_tokens": 90}, 100),
        ({"prompt_tokens": 7, "completion_tokens": 3}, 7),
        ({"prompt_tokens": 1000, "cache_read_input_tokens": 900}, 1000),
        ({"promptTokenCount": 9}, 9),
        ({"input": 2, "output": 1, "cacheRead": 40, "cacheWrite": 8}, 50),
        ({"input_tokens": "5"}, None),
        ({"input_tokens": 0}, None),
        ({}, None),
    ],
)
def test_providers_figures(usage, billed):
    """Anthropic counts cached tokens beside the others, OpenAI and Google among them."""
    assert billed_prompt(usage) == billed
