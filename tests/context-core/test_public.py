import subprocess
import sys

import context_core

NAMES = [
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


def test_public_names():
    """The package offers these names and no others."""
    assert sorted(context_core.__all__) == sorted(NAMES)
    assert all(hasattr(context_core, name) for name in NAMES)


def test_public_names_are_documented():
    """Every public name that is a class or a function has a docstring."""
    assert [name for name in NAMES if not getattr(context_core, name).__doc__] == []


def test_importing_loads_nothing_heavy():
    """Importing the package loads no graph library, no vocabulary and no test library."""
    heavy = ("networkx", "toktok", "pytest", "numpy", "faiss", "model2vec")
    code = f"import sys, context_core; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_errors_are_also_the_builtin_that_callers_expect():
    """A missing thing is a KeyError, a bad value a ValueError, a store at fault an OSError."""
    assert issubclass(context_core.ContentNotFoundError, KeyError)
    assert issubclass(context_core.TranscriptError, ValueError)
    assert issubclass(context_core.StoreError, OSError)
    assert (
        str(context_core.NodeNotFoundError("n", "s"))
        == "no node 'n' in session 's'; graph.nodes() lists those there are"
    )
