"""Typed graphs of agent transcripts: read, build, window, render, and restore what compression took out."""

from context_core.assemble import assemble, graph_bytes
from context_core.budget import BudgetLevel, BudgetStatus, TokenBudget
from context_core.build import append, build, extend
from context_core.causality import Cause, Chain, causal_chain
from context_core.decay import decay, recency
from context_core.edge import Edge, EdgeType
from context_core.encoder import Encoder
from context_core.encoders.sentence_transformer import SentenceTransformerEncoder
from context_core.encoders.static import StaticEncoder
from context_core.errors import (
    BudgetExceededError,
    ConflictError,
    ContentCorruptedError,
    ContentNotFoundError,
    ContextError,
    EncoderMismatchError,
    ManifestError,
    MissingExtraError,
    NodeNotFoundError,
    RenderError,
    SessionNotFoundError,
    StoreError,
    TranscriptError,
    UnknownReferenceError,
)
from context_core.events import Event, GraphExtended, NodesReplaced, SummaryFailed, emit, listen
from context_core.graph import ContextGraph
from context_core.hit import Hit
from context_core.index.search_index import Match, SearchIndex
from context_core.manifest import Change, Manifest, State
from context_core.memory_store import MemoryContentStore, MemoryGraphStore, MemoryStore
from context_core.node import Node, NodeType
from context_core.read import read, read_next
from context_core.references import is_reference, session_digits
from context_core.relevance import Scorer, relevance
from context_core.render import render
from context_core.replace import Replacement, replace, rewrite
from context_core.restore import expand, original, restoration, restore
from context_core.scorers.bm25 import Bm25Scorer
from context_core.scorers.dense import DenseScorer
from context_core.scorers.tfidf import TfidfScorer
from context_core.search import search
from context_core.stores import ContentStore, GraphStore, Store
from context_core.tokens import EncodingCounter, TokenCounter, counter_for, part_tokens
from context_core.transcript import Message, Part, Problem, Transcript
from context_core.window import Window, close, note_tokens, window

__version__ = "0.1.0"

__all__ = [
    "Bm25Scorer",
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
    "DenseScorer",
    "Edge",
    "EdgeType",
    "Encoder",
    "EncoderMismatchError",
    "EncodingCounter",
    "Event",
    "GraphExtended",
    "GraphStore",
    "Hit",
    "Manifest",
    "ManifestError",
    "Match",
    "MemoryContentStore",
    "MemoryGraphStore",
    "MemoryStore",
    "Message",
    "MissingExtraError",
    "Node",
    "NodeNotFoundError",
    "NodeType",
    "NodesReplaced",
    "Part",
    "Problem",
    "RenderError",
    "Replacement",
    "Scorer",
    "SearchIndex",
    "SentenceTransformerEncoder",
    "SessionNotFoundError",
    "State",
    "StaticEncoder",
    "Store",
    "StoreError",
    "SummaryFailed",
    "TfidfScorer",
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
    "decay",
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
    "read_next",
    "recency",
    "relevance",
    "render",
    "replace",
    "restoration",
    "restore",
    "rewrite",
    "search",
    "session_digits",
    "window",
]
