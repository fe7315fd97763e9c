"""What Alembic runs: the steps that are missing, in the transaction of the connection that is handed in."""

from alembic import context

from clipdash.records.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
