"""Typed graphs of agent transcripts: read, build, window, render, and restore what compression took out."""

from context_core.answering import answering
from context_core.artifacts import Artifact, Version, artifacts
from context_core.assemble import assemble, graph_bytes
from context_core.budget import BudgetLevel, BudgetStatus, Section, TokenBudget
from context_core.build import append, build, extend
from context_core.calibration import CalibratedCounter, Calibration, calibrate
from context_core.causality import Cause, Chain, Effect, Effects, causal_chain, effects
from context_core.decay import decay, recency
from context_core.diff import GraphDiff, diff
from context_core.edge import Edge, EdgeType
from context_core.encoder import Encoder
from context_core.encoders.sentence_transformer import SentenceTransformerEncoder
from context_core.encoders.static import StaticEncoder
from context_core.entities import EntityKind, Mention, entities, kind_of
from context_core.errors import (
    BudgetExceededError,
    ConflictError,
    ContentCorruptedError,
    ContentExpiredError,
    ContentNotFoundError,
    ContextError,
    EncoderMismatchError,
    ExpiredReferenceError,
    ManifestError,
    MissingExtraError,
    NodeNotFoundError,
    RenderError,
    SessionExpiredError,
    SessionNotFoundError,
    StoreError,
    SummaryError,
    TranscriptError,
    UnknownReferenceError,
    VersionNotFoundError,
)
from context_core.events import CacheAsked, Event, GraphExtended, NodesReplaced, SummaryFailed, emit, listen
from context_core.expand import expand
from context_core.graph import ContextGraph
from context_core.health import Health, health
from context_core.hit import Hit
from context_core.index.search_index import Match, SearchIndex
from context_core.manifest import Change, Manifest, State
from context_core.memory_store import MemoryContentStore, MemoryStore
from context_core.mentioning import mentioning
from context_core.mentions import Mentioned, aliases, mentions
from context_core.models import ModelWindow, model_window
from context_core.neighborhood import Neighbor, neighborhood
from context_core.node import Node, NodeType
from context_core.originals import original
from context_core.prose_names import prose_names
from context_core.read import read, read_all, read_next
from context_core.references import is_reference, session_digits
from context_core.relevance import Scorer, relevance
from context_core.render import render
from context_core.replace import Replacement, replace, rewrite
from context_core.restore import Restored, restoration, restore
from context_core.revision import Revision, session_kind
from context_core.scorers.bm25 import Bm25Scorer
from context_core.scorers.dense import DenseScorer
from context_core.scorers.tfidf import TfidfScorer
from context_core.search import search
from context_core.session_state import SessionState
from context_core.stores import ContentStore, GraphStore, Journal, ManagedStore, Store, Upkeep
from context_core.stream import Stream, stream
from context_core.timeline import timeline
from context_core.tokens import EncodingCounter, TokenCounter, counter_for, part_tokens
from context_core.transcript import Message, Part, Problem, Transcript
from context_core.upkeep import Erased, Fault, Garbage, SessionInfo
from context_core.window import Window, close, note_tokens, window
from context_core.writes import Write, WriteAction, writes

__version__ = "0.1.0"

__all__ = [
    "Artifact",
    "Bm25Scorer",
    "BudgetExceededError",
    "BudgetLevel",
    "BudgetStatus",
    "CacheAsked",
    "CalibratedCounter",
    "Calibration",
    "Cause",
    "Chain",
    "Change",
    "ConflictError",
    "ContentCorruptedError",
    "ContentExpiredError",
    "ContentNotFoundError",
    "ContentStore",
    "ContextError",
    "ContextGraph",
    "DenseScorer",
    "Edge",
    "EdgeType",
    "Effect",
    "Effects",
    "Encoder",
    "EncoderMismatchError",
    "EncodingCounter",
    "EntityKind",
    "Erased",
    "Event",
    "ExpiredReferenceError",
    "Fault",
    "Garbage",
    "GraphDiff",
    "GraphExtended",
    "GraphStore",
    "Health",
    "Hit",
    "Journal",
    "ManagedStore",
    "Manifest",
    "ManifestError",
    "Match",
    "MemoryContentStore",
    "MemoryStore",
    "Mention",
    "Mentioned",
    "Message",
    "MissingExtraError",
    "ModelWindow",
    "Neighbor",
    "Node",
    "NodeNotFoundError",
    "NodeType",
    "NodesReplaced",
    "Part",
    "Problem",
    "RenderError",
    "Replacement",
    "Restored",
    "Revision",
    "Scorer",
    "SearchIndex",
    "Section",
    "SentenceTransformerEncoder",
    "SessionExpiredError",
    "SessionInfo",
    "SessionNotFoundError",
    "SessionState",
    "State",
    "StaticEncoder",
    "Store",
    "StoreError",
    "Stream",
    "SummaryError",
    "SummaryFailed",
    "TfidfScorer",
    "TokenBudget",
    "TokenCounter",
    "Transcript",
    "TranscriptError",
    "UnknownReferenceError",
    "Upkeep",
    "Version",
    "VersionNotFoundError",
    "Window",
    "Write",
    "WriteAction",
    "aliases",
    "answering",
    "append",
    "artifacts",
    "assemble",
    "build",
    "calibrate",
    "causal_chain",
    "close",
    "counter_for",
    "decay",
    "diff",
    "effects",
    "emit",
    "entities",
    "expand",
    "extend",
    "graph_bytes",
    "health",
    "is_reference",
    "kind_of",
    "listen",
    "mentioning",
    "mentions",
    "model_window",
    "neighborhood",
    "note_tokens",
    "original",
    "part_tokens",
    "prose_names",
    "read",
    "read_all",
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
    "session_kind",
    "stream",
    "timeline",
    "window",
    "writes",
]
