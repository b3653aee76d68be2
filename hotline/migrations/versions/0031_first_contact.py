"""first contact; what waits for a decision"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("contact_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True))
    waits = "return_before IS NOT NULL OR extension_until_at IS NOT NULL OR urge_due_at IS NOT NULL"
    op.create_index("ix_orders_decisions", "orders", ["received_at"], unique=False, postgresql_where=sa.text(waits))


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
