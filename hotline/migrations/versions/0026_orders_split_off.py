"""orders split off"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("split_from_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_orders_split_from_id"), "orders", "orders", ["split_from_id"], ["id"])
    op.create_index(
        "ix_orders_split_from_id", "orders", ["split_from_id"], unique=False,
        postgresql_where="split_from_id IS NOT NULL",
    )  # fmt: skip


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
