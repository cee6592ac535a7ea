"""The names of a namespace's keys.

All begin with ``{context1:<namespace>}:``, the namespace in hexadecimal, so no name of one can begin that of another.
The braces are a hash tag of Redis Cluster: all that one namespace has is on one node. Behind it stands a word that
says what the key is, and for keys of a session or a content its id, which ends the key and so may hold any byte. The 1
is the version of this layout.

Of a session: ``meta:`` (`SessionMeta`), ``nodes:`` (a hash, one `Entry` a node), ``changes:`` and ``times:`` (lists,
one element a manifest entry or a version), ``holds:`` (a list: the contents that it points to), ``lock:``.

Of a content: ``c:``, its bytes. How often it was put and is held stands in the hashes ``puts`` and ``held``, when it
was put last in ``put_at``, and until when it lives in ``until``.

Of the namespace: ``sessions`` (by time of write), ``due`` (those with a time to live, by its end), ``tombs`` (what
expired: ``s`` and a session's id, ``c`` and a content's hash), ``releases`` and ``release:`` (holds of erased sessions
that are being taken back), ``dropped`` (touched whenever a content goes, for those who watch it; it never stays).
"""

from __future__ import annotations

from context_core.hashing import text_bytes

LAYOUT = 1
"""Version of what stands in the keys."""


class Keys:
    """The keys of one namespace.

    Args:
        namespace: any text.

    Example:
        >>> Keys("ab").nodes("s")
        b'{context1:6162}:nodes:s'
    """

    def __init__(self, namespace: str) -> None:
        self.prefix = b"{context%d:%s}:" % (LAYOUT, text_bytes(namespace).hex().encode())
        self.sessions = self.prefix + b"sessions"
        self.due = self.prefix + b"due"
        self.tombs = self.prefix + b"tombs"
        self.releases = self.prefix + b"releases"
        self.dropped = self.prefix + b"dropped"
        self.puts = self.prefix + b"puts"
        self.held = self.prefix + b"held"
        self.put_at = self.prefix + b"put_at"
        self.until = self.prefix + b"until"

    def content(self, key: bytes) -> bytes:
        """Return the key of a content, given the bytes of its hash."""
        return self.prefix + b"c:" + key

    def release(self, token: bytes) -> bytes:
        """Return the key of holds that are being taken back."""
        return self.prefix + b"release:" + token

    def meta(self, session_id: str) -> bytes:
        """Return the key of what is known of a session; every write changes it."""
        return self.prefix + b"meta:" + text_bytes(session_id)

    def nodes(self, session_id: str) -> bytes:
        """Return the key of a session's nodes."""
        return self.prefix + b"nodes:" + text_bytes(session_id)

    def changes(self, session_id: str) -> bytes:
        """Return the key of a session's manifest."""
        return self.prefix + b"changes:" + text_bytes(session_id)

    def times(self, session_id: str) -> bytes:
        """Return the key of the times of a session's versions."""
        return self.prefix + b"times:" + text_bytes(session_id)

    def holds(self, session_id: str) -> bytes:
        """Return the key of what a session holds."""
        return self.prefix + b"holds:" + text_bytes(session_id)

    def lock(self, session_id: str) -> bytes:
        """Return the key of the lock that writers in each other's way take."""
        return self.prefix + b"lock:" + text_bytes(session_id)

    def of_session(self, session_id: str) -> tuple[bytes, ...]:
        """Return the keys that go with a session when its time is over."""
        return (self.meta(session_id), self.nodes(session_id), self.changes(session_id), self.times(session_id))
