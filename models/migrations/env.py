"""Alembic's entry: runs the migrations on the connection that `models.migrate` hands over."""

from alembic import context

from models.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    # The caller holds the transaction and the lock; a half-migrated schema is never left behind.
    transactional_ddl=False,
)
context.run_migrations()
