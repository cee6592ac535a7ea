"""Typed graphs of agent transcripts: read, build, window, render, and restore what compression took out."""

from context_core.assemble import assemble, graph_bytes
from context_core.budget import BudgetLevel, BudgetStatus, TokenBudget
from context_core.build import append, build, extend
from context_core.causality import Cause, Chain, causal_chain
from context_core.edge import Edge, EdgeType
from context_core.errors import (
    BudgetExceededError,
    ConflictError,
    ContentCorruptedError,
    ContentNotFoundError,
    ContextError,
    ManifestError,
    NodeNotFoundError,
    RenderError,
    SessionNotFoundError,
    StoreError,
    TranscriptError,
    UnknownReferenceError,
)
from context_core.events import Event, GraphExtended, NodesReplaced, SummaryFailed, emit, listen
from context_core.graph import ContextGraph
from context_core.manifest import Change, Manifest, State
from context_core.memory_store import MemoryContentStore, MemoryGraphStore, MemoryStore
from context_core.node import Node, NodeType
from context_core.read import read, read_all, read_next
from context_core.references import is_reference, session_digits
from context_core.render import render
from context_core.replace import Replacement, replace, rewrite
from context_core.restore import expand, original, restoration, restore
from context_core.stores import ContentStore, GraphStore, Store
from context_core.stream import Stream, stream
from context_core.tokens import EncodingCounter, TokenCounter, counter_for, part_tokens
from context_core.transcript import Message, Part, Problem, Transcript
from context_core.window import Window, close, note_tokens, window

__version__ = "0.1.0"

__all__ = [
    "BudgetExceededError",
    "BudgetLevel",
    "BudgetStatus",
    "Cause",
    "Chain",
    "Change",
    "ConflictError",
    "ContentCorruptedError",
    "ContentNotFoundError",
    "ContentStore",
    "ContextError",
    "ContextGraph",
    "Edge",
    "EdgeType",
    "EncodingCounter",
    "Event",
    "GraphExtended",
    "GraphStore",
    "Manifest",
    "ManifestError",
    "MemoryContentStore",
    "MemoryGraphStore",
    "MemoryStore",
    "Message",
    "Node",
    "NodeNotFoundError",
    "NodeType",
    "NodesReplaced",
    "Part",
    "Problem",
    "RenderError",
    "Replacement",
    "SessionNotFoundError",
    "State",
    "Store",
    "StoreError",
    "Stream",
    "SummaryFailed",
    "TokenBudget",
    "TokenCounter",
    "Transcript",
    "TranscriptError",
    "UnknownReferenceError",
    "Window",
    "append",
    "assemble",
    "build",
    "causal_chain",
    "close",
    "counter_for",
    "emit",
    "expand",
    "extend",
    "graph_bytes",
    "is_reference",
    "listen",
    "note_tokens",
    "original",
    "part_tokens",
    "read",
    "read_all",
    "read_next",
    "render",
    "replace",
    "restoration",
    "restore",
    "rewrite",
    "session_digits",
    "stream",
    "window",
]
