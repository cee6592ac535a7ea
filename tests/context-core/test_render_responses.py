"""OpenAI Responses items: written as they were read, and valid whatever they were read from."""

import json

import pytest
from hypothesis import given

from context_core import build, close, read, read_all, render, window
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_core.testing.item_conversations import item_conversations
from context_core.testing.providers import (
    check_anthropic,
    check_openai,
    check_openai_arguments,
    check_response_arguments,
    check_responses,
)
from context_core.testing.samples import SAMPLES

USER = {"role": "user", "content": "hi"}


def again(items):
    return list(render(window(build(read(items, format="openai-responses"))), "openai-responses"))


def item_of(kind, **fields):
    return {"type": kind, **fields}


@given(item_conversations())
def test_items_round_trip(items):
    """Ids, statuses, hidden reasoning, odd arguments and tools of the service come back as the same JSON."""
    check_responses(items)
    assert json.loads(json.dumps(again(items))) == json.loads(json.dumps(items))


@given(item_conversations())
def test_items_are_valid_for_other_providers(items):
    """Chat Completions and Messages would accept them, once no call is open."""
    graph = build(read(items, format="openai-responses"))
    check_openai(render(graph))
    check_openai_arguments(render(graph))
    check_anthropic(render(close(window(graph), graph), "anthropic"))


@pytest.mark.parametrize("conversations", [openai_conversations(), anthropic_conversations()], ids=["chat", "messages"])
def test_other_forms_render_as_valid_items(conversations):
    """Other providers' messages become items that the service accepts."""

    @given(conversations)
    def check(messages):
        items = render(build(read(messages)), "openai-responses")
        check_responses(items)
        check_response_arguments(items)

    check()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_format_renders_as_valid_items(name):
    """Whatever a conversation was read from."""
    for transcript in read_all(SAMPLES[name]):
        items = render(build(transcript), "openai-responses")
        check_responses(items)
        check_response_arguments(items)


SHELL = item_of(
    "local_shell_call", id="ls_1", call_id="c1", action={"type": "exec", "command": ["ls"]}, status="completed"
)
SCREEN = {"type": "computer_screenshot", "image_url": "data:image/png;base64,AA=="}
CLICK = item_of("computer_call", id="cu_1", call_id="c2", action={"type": "click", "x": 1, "y": 2}, status="completed")
PATCH = item_of("apply_patch_call", id="ap_1", call_id="c3", operation={"type": "delete_file", "path": "a.py"})


@pytest.mark.parametrize(
    "items",
    [
        [USER, SHELL, item_of("local_shell_call_output", call_id="c1", output="a.py")],
        [USER, CLICK, item_of("computer_call_output", call_id="c2", output=SCREEN)],
        [USER, PATCH, item_of("apply_patch_call_output", call_id="c3", status="completed", output=None)],
        [USER, SHELL],
        [USER, item_of("image_generation_call", id="ig_1", status="completed", result="AA==")],
        [{**USER, "content": None}, {"type": "message", "role": "assistant", "content": [], "phase": "commentary"}],
        [item_of("item_reference", id="msg_1"), USER, item_of("compaction", id="cmp_1", encrypted_content="AA==")],
        [USER, item_of("function_call", call_id="c", name="ls", arguments="{}", namespace="files")],
    ],
)
def test_each_kind_of_item_comes_back(items):
    """With what only the service knows."""
    assert again(items) == items


def test_a_shells_call_without_its_result_is_a_functions():
    """The note that stands for the result is a text, which no other kind takes."""
    items = again([USER, SHELL, USER])
    check_responses(items)
    assert [item.get("type") for item in items] == [None, "function_call", "function_call_output", None]
    assert json.loads(items[1]["arguments"]) == SHELL["action"]


def test_results_that_stand_apart_come_behind_their_calls():
    """And what stood between comes behind them."""
    call = item_of("function_call", call_id="c", name="ls", arguments="{}")
    output = item_of("function_call_output", call_id="c", output="a.py")
    assert again([call, USER, output]) == [call, output, USER]


def test_instructions_stand_beside_the_items():
    """They are no item of the service."""
    rendered = render(build(read({"model": "m", "instructions": "be brief", "input": [USER]})), "openai-responses")
    assert (list(rendered), rendered.system) == ([USER], "be brief")


def test_a_custom_call_of_chat_is_one_here():
    """Its input is free text in both."""
    call = {"id": "c1", "type": "custom", "custom": {"name": "patch", "input": "*** Begin"}}
    messages = [USER, {"role": "assistant", "content": None, "tool_calls": [call]}]
    items = render(
        build(read([*messages, {"role": "tool", "tool_call_id": "c1", "content": "done"}])), "openai-responses"
    )
    check_responses(items)
    assert items[1:] == [
        item_of("custom_tool_call", call_id="c1", name="patch", input="*** Begin"),
        item_of("custom_tool_call_output", call_id="c1", output="done"),
    ]


def test_a_request_goes_on_from_the_response_that_it_names():
    """So the results that it sends find their calls."""
    call = item_of("function_call", id="fc_1", call_id="c", name="ls", arguments="{}")
    output = item_of("function_call_output", call_id="c", output="a.py")
    bodies = [
        {"model": "m", "input": [USER]},
        {"object": "response", "id": "resp_1", "output": [call]},
        {"model": "m", "previous_response_id": "resp_1", "input": [output]},
    ]
    assert again(bodies) == [USER, call, output]
