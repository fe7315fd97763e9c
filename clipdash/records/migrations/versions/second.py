"""Which label sets results were shown of: a comparison of two such sets can no longer be registered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "seen",
        sa.Column("store", sa.Text, primary_key=True),
        sa.Column("label_set", sa.Text, primary_key=True),
    )
