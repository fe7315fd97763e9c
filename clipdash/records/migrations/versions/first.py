"""The first tables. A counter of tries that an earlier clipdash kept is taken over as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    if not sa.inspect(op.get_bind()).has_table("tries"):
        op.create_table(
            "tries",
            sa.Column("store", sa.Text, primary_key=True),
            sa.Column("question", sa.Text, primary_key=True),
            sa.Column("groups", sa.Integer),
        )
    op.create_table(
        "label_sets",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("deleted", moment),
    )
    op.create_table(
        "label_versions",
        sa.Column("set_id", sa.Text, sa.ForeignKey("label_sets.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("created", moment, nullable=False),
    )
    _make_audits(moment)
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("changed", moment, nullable=False),
    )
    op.create_table(
        "seals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("store_digest", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("sealed", moment, nullable=False),
        sa.UniqueConstraint("digest", "store_digest", name="one_seal_a_question"),
    )


def _make_audits(moment: sa.DateTime) -> None:
    op.create_table(
        "audits",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("store", sa.Text, nullable=False),
        sa.Column("store_digest", sa.Text, nullable=False),
        sa.Column("question_digest", sa.Text, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("changed", moment, nullable=False),
        sa.Column("deleted", moment),
    )
    op.create_index("audits_of_a_question", "audits", ["store_digest", "question_digest"])
