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
