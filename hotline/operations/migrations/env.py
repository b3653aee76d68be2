"""Alembic's entry: runs the steps on the connection that hotline.operations.schema hands in."""

from alembic import context

from core.database import Base
from hotline.operations.schema import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=is_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
