"""which limits were counted before their year's calendar was arranged, and how"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("provisional_limits", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("orders", sa.Column("provisional_year", sa.Integer(), nullable=True))
    op.create_index(
        "ix_orders_provisional_year",
        "orders",
        ["provisional_year", "id"],
        postgresql_where="provisional_year IS NOT NULL",
    )


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
