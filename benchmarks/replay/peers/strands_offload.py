"""Strands' `ContextOffloader`: tool results above a size go to a storage, a preview of their head stays.

Setting: previews of one length, the greatest that meets the target, for results that are longer than their preview and
its note; `LocalFileStorage`; no eviction. The plugin works on results as tools return them, so its hook is called for
each old result as an agent does, with a model that is never asked. Its counts are characters / 4; the note around a
preview costs about 130 tokens, so small targets cannot be met. Originals are on disk, and `retrieve_offloaded_content`
reads them with an agent in another process.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

from _protocol import cap, count, old_results, replaced, serve, store_folder
from strands import Agent
from strands.hooks import AfterToolCallEvent
from strands.models import Model
from strands.storage import LocalFileStorage
from strands.vended_plugins.context_offloader import ContextOffloader

NOTE_TOKENS = 140
MARGIN = 0.97
"""Heads of results are denser than the texts they are of; without it targets are missed by a percent."""
REFERENCE = re.compile(r"^  (\S+) \(text, [\d,]+ chars\)$", re.MULTILINE)


class Unasked(Model):
    """A model that counts tokens by characters, as the base class does, and says nothing."""

    def update_config(self, **model_config: object) -> None:
        """Take no settings."""

    def get_config(self) -> dict:
        """Return no settings."""
        return {}

    def structured_output(self, *args: object, **kwargs: object) -> None:
        """Give nothing."""
        raise NotImplementedError("this model is never asked")

    def stream(self, *args: object, **kwargs: object) -> None:
        """Say nothing."""
        raise NotImplementedError("this model is never asked")


def compress(case: dict) -> list[dict]:
    """Return the messages with previews in place of long results."""
    results = [case["messages"][number]["content"] for number in old_results(case)]
    own = sum(map(len, results)) / 4 / max(1, sum(count(results)))
    kept = int(cap(case, NOTE_TOKENS) * MARGIN)
    agent = equipped(case, int((kept + NOTE_TOKENS) * own), int(kept * own))
    return asyncio.run(offloaded(case, agent, kept + NOTE_TOKENS))


def equipped(case: dict, longest: int, preview: int) -> Agent:
    """Return an agent with an offloader of results above some tokens, in the library's measure of four characters."""
    storage = LocalFileStorage(str(Path(store_folder()) / hashlib.sha256(case["id"].encode()).hexdigest()))
    offloader = ContextOffloader(storage, longest, preview, evict_after_cycles=None)
    return Agent(model=Unasked(), plugins=[offloader], callback_handler=None)


async def offloaded(case: dict, agent: Agent, longest: int) -> list[dict]:
    """Return the messages after the hook has seen each old result that is long enough."""
    messages, changed, names = case["messages"], {}, {}
    for message in messages:
        names |= {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or []}
    numbers = old_results(case)
    sizes = count([messages[number]["content"] for number in numbers])
    for number, size in zip(numbers, sizes, strict=True):
        if size > longest:
            call_id, text = messages[number]["tool_call_id"], messages[number]["content"]
            use = {"toolUseId": call_id, "name": names[call_id], "input": {}}
            result = {"toolUseId": call_id, "status": "success", "content": [{"text": text}]}
            event = AfterToolCallEvent(agent, None, use, {}, result)
            await agent.hooks.invoke_callbacks_async(event)
            changed[number] = "\n".join(block["text"] for block in event.result["content"])
    return replaced(messages, changed)


def recover(case: dict, messages: list[dict]) -> list[str]:
    """Return the originals behind the references, as the tool gives them to an agent."""
    agent = equipped(case, NOTE_TOKENS, 1)
    results = [messages[number]["content"] for number in old_results(case)]
    notes = [text for text in results if text.startswith("[Offloaded: ")]
    found = []
    for reference in [REFERENCE.findall(note)[-1] for note in notes]:
        given = agent.tool.retrieve_offloaded_content(reference=reference, record_direct_tool_call=False)
        found.append("".join(block["text"] for block in given["content"]))
    return found


if __name__ == "__main__":
    serve(compress, recover)
