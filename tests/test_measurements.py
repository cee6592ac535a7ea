"""The measurement of causes, as a test: small, and on the floor that it must not fall through."""

from benchmarks import calibration, causality, failures, stages
from benchmarks.scale import grow, main


def test_causes_on_real_sessions(data):
    """Of a few sessions, single sources and planted values are found, at few causes a call."""
    counts = sum(causality.measure(limit=3, plantings=3).values(), start=causality.Counter())
    assert counts["single found"] >= 0.97 * counts["single"] > 50
    assert counts["planted found"] >= 0.95 * counts["planted"] > 20
    assert counts["planted found"] >= 0.95 * counts["told"]
    assert counts["causes"] <= 4 * counts["calls"]


def test_a_made_session_has_the_size_asked_for():
    """As many nodes, and the same ones for the same seed."""
    assert [node.id for node in grow(70).nodes()] == [node.id for node in grow(70).nodes()]
    assert len(grow(70)) == 70


def test_the_scale_report_runs(capsys):
    """Every figure is printed."""
    main(["--nodes", "300", "--samples", "20", "--sizes", "30", "90"])
    printed = capsys.readouterr().out
    assert "append and index" in printed
    assert "log-log slope" in printed


def test_the_cost_of_each_stage_is_told(data):
    """Reading, building and asking each take some time of a real session."""
    found = stages.cost(stages.sessions("entire_codex")[:1])
    assert list(found) == ["read", "build", "first causal_chain"]
    assert all(seconds > 0 for seconds in found.values())


def test_labelled_failures_are_judged(data):
    """Every labelled session with a step before its outcome is counted, and some labels are found in chains."""
    judged = [failures.judge(transcript, step) for _, transcript, step in failures.labelled()]
    found = [each for each in judged if each is not None]
    assert len(found) > 30
    assert all(0 <= each.size <= each.steps for each in found)
    assert sum(each.chain for each in found) > len(found) / 2


def test_calibration_on_sessions_it_has_not_seen(data):
    """For every model with several sessions the median error is under 10 %, where a plain count is far off."""
    fitted = calibration.by_model()
    assert len(fitted) >= 4
    assert all(found.error < 0.10 < found.plain_error for found in fitted.values())
