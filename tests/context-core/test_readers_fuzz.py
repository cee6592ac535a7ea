"""Whatever is done to a sample, a TranscriptError or a good transcript comes out; `tools/fuzz_readers.py` does more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from context_core.testing.damage import check_readable, damaged
from context_core.testing.samples import SAMPLES


@pytest.mark.parametrize("name", sorted(SAMPLES))
@settings(max_examples=40)
@given(random=st.randoms(use_true_random=False), is_named=st.booleans())
def test_damage_is_told_or_survived(name, random, is_named):
    """Values of other types, lost and repeated keys, cuts, swapped lines, deep nesting, odd numbers and bytes."""
    check_readable(damaged(SAMPLES[name], random), name if is_named else "auto")


@given(data=st.binary(max_size=200))
def test_any_bytes_are_told_or_survived(data):
    """Bytes that are no transcript are refused in words."""
    check_readable(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "type", "id", "x"]), inner)
    ),
    max_leaves=12,
)


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=4), max_size=4),
    name=st.sampled_from(sorted(SAMPLES)),
)
def test_any_json_is_told_or_survived_by_any_reader(rows, name):
    """A reader that is given what it does not know says so."""
    import json

    check_readable(json.dumps(rows).encode(), name)
