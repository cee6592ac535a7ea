"""The live loop: messages in, prompts that fit out, and everything back."""

import pytest

from context_core import (
    BudgetExceededError,
    ExpiredReferenceError,
    NodesReplaced,
    NodeType,
    StoreError,
    TokenBudget,
    TranscriptError,
    UnknownReferenceError,
    WindowCompressed,
    graph_bytes,
    listen,
    window,
)
from context_core.testing.providers import check_anthropic, check_openai
from context_suite import ContextEngine


class ScriptedModel:
    """Calls a tool for a number of turns, then answers; it remembers the prompts it was given."""

    def __init__(self, turns):
        self.turns = turns
        self.prompts = []

    def __call__(self, prompt):
        self.prompts.append(prompt)
        number = len(self.prompts)
        if number > self.turns:
            return {"role": "assistant", "content": "done"}
        call = {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "read", "arguments": f'{{"page":{number}}}'},
        }
        return {"role": "assistant", "content": None, "tool_calls": [call]}


def run(engine, model):
    """The agent's loop, as the README shows it."""
    engine.add({"role": "user", "content": "Read the book."})
    while True:
        reply = model(engine.prompt())
        engine.add(reply)
        if not reply.get("tool_calls"):
            return
        for call in reply["tool_calls"]:
            page = call["function"]["arguments"]
            engine.add(
                {"role": "tool", "tool_call_id": call["id"], "content": f"page {page}\n" + "words of the page\n" * 200}
            )


def test_every_prompt_is_valid_and_within_the_budget(store):
    """Over forty turns that would cost 30,000 tokens, no prompt exceeds a budget of 8,000."""
    engine, model = ContextEngine(budget=8_000, store=store), ScriptedModel(40)
    run(engine, model)
    assert len(model.prompts) == 41
    for prompt in model.prompts:
        check_openai(prompt)
        strings = [m.get("content") or "" for m in prompt]
        assert sum(engine.graph.counter.count_many(strings)) <= 8_000
    assert len(engine.manifest) > 0
    assert model.prompts[-1][0] == {"role": "user", "content": "Read the book."}


def test_what_was_compressed_is_expanded_by_reference(store):
    """A reference that stands in a prompt opens to the whole original."""
    engine = ContextEngine(budget=8_000, store=store)
    run(engine, ScriptedModel(20))
    elided = [node for node in window(engine.graph) if node.elided and node.type is NodeType.TOOL_RESULT]
    assert elided
    for node in elided:
        assert engine.expand(node.elided).endswith("words of the page\n" * 200)
    assert engine.expand(engine.graph.leaf) == "done"


def test_lines_of_a_reference(store):
    """Some lines of an original, of a compressed part and of one that stands whole; there must be such lines."""
    engine = ContextEngine(budget=8_000, store=store)
    run(engine, ScriptedModel(20))
    node = next(node for node in window(engine.graph) if node.elided and node.type is NodeType.TOOL_RESULT)
    whole = engine.expand(node.elided).splitlines(keepends=True)
    assert engine.expand(node.elided, (1, 2)) == "".join(whole[:2])
    assert engine.expand(node.elided, lines=(len(whole), len(whole) + 9)) == whole[-1]
    assert engine.expand(engine.graph.leaf, (1, 1)) == "done"
    for reference in (node.elided, engine.graph.leaf):
        with pytest.raises(ValueError, match="expected 1 <= first <= last"):
            engine.expand(reference, (0, 1))


def test_why_names_the_causes(store):
    """A result's chain leads through its call to the instruction, compressed or not."""
    engine = ContextEngine(budget=8_000, store=store)
    run(engine, ScriptedModel(20))
    node = next(node for node in window(engine.graph) if node.elided)
    chain = engine.why(node.elided)
    assert chain.causes[0].node.content == "Read the book."


def test_a_session_goes_on_in_a_new_engine(tmp_path):
    """What an engine stored, another continues: the same prompt, the same references, nothing sent twice."""
    url = f"sqlite:///{tmp_path}/context.db"
    first = ContextEngine(budget=8_000, store=url, session_id="s")
    run(first, ScriptedModel(20))
    second = ContextEngine(budget=8_000, store=url, session_id="s")
    assert graph_bytes(second.graph) == graph_bytes(first.graph)
    assert second.prompt() == first.prompt()
    assert second.manifest == first.manifest
    second.add({"role": "user", "content": "And now?"})
    assert second.prompt()[-1]["content"] == "And now?"
    for engine in (first, second):
        engine.store.close()


def test_between_two_compressions_a_prompt_only_grows_at_its_end(store):
    """What was compressed once renders the same bytes next time, so that a provider's cache stays good."""
    engine, model = ContextEngine(budget=20_000, store=store), ScriptedModel(40)
    changes = []
    run(engine, lambda prompt: (changes.append(len(engine.manifest)), model(prompt))[1])
    steps = list(zip(changes, changes[1:], model.prompts, model.prompts[1:], strict=False))
    quiet = [(earlier, later) for before, after, earlier, later in steps if before == after]
    assert len(quiet) > 30
    assert all(later[: len(earlier)] == earlier for earlier, later in quiet)


def test_an_open_call_is_sent_with_a_note(store):
    """A prompt that is asked for while a call waits is valid all the same; the late result takes its place."""
    engine = ContextEngine(store=store)
    engine.add({"role": "user", "content": "go"})
    engine.add(ScriptedModel(1)(engine.prompt()))
    prompt = engine.prompt()
    check_openai(prompt)
    assert prompt[-1]["content"] == "[no result was recorded]"
    engine.add({"role": "tool", "tool_call_id": "c1", "content": "late"})
    assert engine.prompt()[-1]["content"] == "late"


def test_anthropic_messages_in_and_out(store):
    """Blocks come back as they were given."""
    engine = ContextEngine(store=store)
    messages = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "ls", "input": {"path": "."}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "a.py"}]},
    ]
    engine.add(messages)
    check_anthropic(engine.prompt(to="anthropic"))
    assert engine.prompt(to="anthropic") == messages


def test_items_in_and_out(store):
    """An array of Responses items comes back as it was, and texts are given as texts."""
    items = [
        {"type": "message", "role": "user", "content": "hi"},
        {"type": "function_call", "call_id": "c1", "name": "ls", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
    ]
    engine = ContextEngine(store=store)
    for item in items:
        engine.add(item, format="openai-responses")
    assert list(engine.prompt(to="openai-responses")) == items
    assert engine.prompt(to="xml").endswith("a.py\n</tool_result>")


def test_an_sdks_object_is_taken_as_it_says_itself(store):
    """Objects with `model_dump`, as the SDKs return them, need no conversion."""

    class Reply:
        def model_dump(self, **options):
            assert options == {"mode": "json", "exclude_none": True}
            return {"role": "assistant", "content": "hi"}

    engine = ContextEngine(store=store)
    [node] = engine.add(Reply())
    assert (node.role, node.content) == ("assistant", "hi")


def test_what_cannot_fit_is_told_and_nothing_changes(store):
    """A task larger than the whole budget is an error with its numbers; the session is as it was."""
    engine = ContextEngine(budget=100, store=store)
    engine.add({"role": "user", "content": "word " * 500})
    before = graph_bytes(engine.graph)
    with pytest.raises(BudgetExceededError) as caught:
        engine.prompt()
    assert (caught.value.available, caught.value.needed > 500) == (100, True)
    assert graph_bytes(engine.graph) == before


def test_where_the_target_is_too_small_the_budget_still_holds(store):
    """What must stay is above the warning threshold and below the total: the prompt is made to fit all the same."""
    engine = ContextEngine(budget=1_000, store=store)
    engine.add({"role": "user", "content": "earlier"})
    engine.add({"role": "assistant", "content": "words " * 700})
    engine.add({"role": "user", "content": "task " * 700})
    engine.prompt()
    assert window(engine.graph).tokens <= 1_000


def test_the_reserve_is_kept_free(store):
    """Room for the answer is not given to the prompt."""
    engine = ContextEngine(budget=TokenBudget(total_tokens=8_000, reserve_tokens=2_000), store=store)
    run(engine, ScriptedModel(30))
    engine.prompt()
    assert window(engine.graph).tokens <= 6_000


def test_a_damaged_message_is_refused_and_nothing_is_added(store):
    """What cannot be read is told; the session is as it was."""
    engine = ContextEngine(store=store)
    engine.add({"role": "user", "content": "go"})
    for bad in ({"content": "no role"}, {"role": "user", "content": 7}, []):
        with pytest.raises(TranscriptError):
            engine.add(bad)
    assert len(engine.graph) == 1


def test_an_unknown_reference_is_told(store):
    """A reference that this session never showed opens nothing."""
    engine = ContextEngine(store=store)
    for ask in (engine.expand, engine.why):
        with pytest.raises(UnknownReferenceError, match="never showed it"):
            ask("123456789.123456")


@pytest.mark.parametrize("broken", ["record", "commit"])
def test_a_store_that_fails_leaves_the_engine_with_what_is_stored(store, broken):
    """Where a write fails, the error comes out and the graph is what the store holds; then all goes on."""
    engine = ContextEngine(budget=2_000, store=store, session_id="s")
    engine.add({"role": "user", "content": "go"})
    engine.add({"role": "assistant", "content": "words " * 1_900})
    engine.add({"role": "user", "content": "on"})
    works = getattr(store, broken)

    def fails(*_):
        raise StoreError("disk full")

    setattr(store, broken, fails)
    with pytest.raises(StoreError, match="disk full"):
        engine.prompt() if broken == "commit" else engine.add({"role": "user", "content": "more"})
    setattr(store, broken, works)
    assert graph_bytes(engine.graph) == graph_bytes(store.load("s"))
    engine.add({"role": "user", "content": "more"})
    assert engine.prompt()[-1]["content"] == "more"


@pytest.mark.parametrize("event", [NodesReplaced, WindowCompressed])
def test_a_sink_that_fails_leaves_the_engine_with_what_is_stored(store, event):
    """Where a sink raises in the middle of a compression, none was made; the next prompt makes it."""
    engine = ContextEngine(budget=2_000, store=store, session_id="s")
    engine.add({"role": "user", "content": "go"})
    engine.add({"role": "assistant", "content": "words " * 1_900})
    engine.add({"role": "user", "content": "on"})

    def fail(heard):
        if isinstance(heard, event):
            raise RuntimeError("no room for the log")

    with listen(fail), pytest.raises(RuntimeError, match="no room"):
        engine.prompt()
    assert graph_bytes(engine.graph) == graph_bytes(store.load("s"))
    assert len(engine.manifest) == 0
    engine.prompt()
    assert graph_bytes(engine.graph) == graph_bytes(store.load("s"))
    assert len(engine.manifest) > 0


def test_two_sessions_of_one_store_are_apart(store):
    """An engine without a name begins a session of its own."""
    one, two = ContextEngine(store=store), ContextEngine(store=store)
    one.add({"role": "user", "content": "one"})
    two.add({"role": "user", "content": "two"})
    assert one.session_id != two.session_id
    assert [node.content for node in two.graph.nodes()] == ["two"]
    assert set(store.sessions()) == {one.session_id, two.session_id}


def test_an_open_call_costs_no_error(store):
    """The note for a call that waits is counted once: what fits is sent."""
    engine = ContextEngine(budget=900, store=store)
    engine.add({"role": "user", "content": " ".join(f"word{number}" for number in range(300))})
    engine.add(ScriptedModel(1)([]))
    assert len(engine.prompt()) == 3


def test_many_messages_of_which_one_is_damaged_are_not_added_at_all(store):
    """All or nothing, also in the store."""
    engine = ContextEngine(store=store, session_id="s")
    engine.add({"role": "user", "content": "go"})
    with pytest.raises(TranscriptError):
        engine.add(
            [*({"role": "user", "content": str(number)} for number in range(2_100)), {"role": "user", "content": 5}]
        )
    assert len(engine.graph) == len(store.load("s")) == 1


@pytest.mark.parametrize("message", [None, "hi", 5])
def test_what_is_no_message_is_told(store, message):
    """A text alone has no role."""
    with pytest.raises(TranscriptError, match="expected a message as a mapping"):
        ContextEngine(store=store).add(message)


def test_an_sdks_ids_and_usage_are_not_sent_back(store):
    """Providers refuse fields that are theirs; blocks that are objects are taken, too."""

    class Block:
        def model_dump(self, **_):
            return {"type": "tool_use", "id": "t1", "name": "ls", "input": {}}

    class Reply:
        def model_dump(self, **_):
            content = [{"type": "text", "text": "I look"}]
            return {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "content": content,
                "usage": {"input_tokens": 1},
            }

    engine = ContextEngine(store=store)
    engine.add({"role": "user", "content": "go"})
    engine.add(Reply())
    engine.add({"role": "assistant", "content": [Block()]})
    assert "usage" not in str(engine.prompt(to="anthropic"))
    check_anthropic(engine.prompt(to="anthropic"), alternate=False)


def test_two_engines_on_one_session(store):
    """A compression that was planned on an older state is planned again; both engines go on."""
    one = ContextEngine(budget=8_000, store=store, session_id="s")
    run(one, ScriptedModel(6))
    two = ContextEngine(budget=8_000, store=store, session_id="s")
    for engine in (one, two):
        engine.budget = TokenBudget(total_tokens=4_000)
        check_openai(engine.prompt())
        assert window(engine.graph).tokens <= 4_000


def test_an_expired_reference_is_not_an_unknown_one(store):
    """After retention has dropped a session, its references are told apart from those that never were."""
    engine = ContextEngine(budget=4_000, store=store, session_id="s")
    run(engine, ScriptedModel(8))
    engine.prompt()
    reference = engine.manifest.references[0]
    store.expire("s")
    again = ContextEngine(store=store, session_id="s")
    with pytest.raises(ExpiredReferenceError, match="expired, and began anew"):
        again.expand(reference)
    with pytest.raises(UnknownReferenceError) as caught:
        again.expand("111111111.222222")
    assert not isinstance(caught.value, ExpiredReferenceError)
    with pytest.raises(ExpiredReferenceError):
        engine.expand(reference)  # it was open all the while, and takes up what has become of its session
