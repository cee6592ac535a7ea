"""Sessions, contents and manifests: the present state of each node beside how it was appended."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    op.create_table(
        "contents",
        sa.Column("namespace", sa.LargeBinary, primary_key=True),
        sa.Column("content_id", sa.LargeBinary, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("packed", sa.Boolean, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "content_references",
        sa.Column("namespace", sa.LargeBinary, primary_key=True),
        sa.Column("content_id", sa.LargeBinary, primary_key=True),
        sa.Column("puts", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("namespace", sa.LargeBinary, nullable=False),
        sa.Column("session_id", sa.LargeBinary, nullable=False),
        sa.Column("written", sa.Integer, nullable=False),
        sa.UniqueConstraint("namespace", "session_id"),
    )
    op.create_table(
        "nodes",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.key"), nullable=False),
        sa.Column("node_id", sa.LargeBinary, nullable=False),
        sa.Column("record", sa.Text),
        sa.Column("content_id", sa.LargeBinary),
        sa.Column("present_record", sa.Text),
        sa.Column("present_content_id", sa.LargeBinary),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.UniqueConstraint("session", "node_id"),
    )
    op.create_table(
        "edges",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.key"), nullable=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
        sa.Column("target", sa.LargeBinary, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text),
        sa.UniqueConstraint("session", "source", "target", "type"),
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.key"), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
