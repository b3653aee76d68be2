"""Alembic's entry: runs the steps on the connection that hotline.schema hands in."""

from alembic import context

import hotline.schema
from core.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=hotline.schema.is_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
