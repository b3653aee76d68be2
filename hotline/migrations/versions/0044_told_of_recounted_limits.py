"""which offices are still to be notified that their limits were recounted"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "orders", sa.Column("recount_untold", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.create_index(
        "ix_orders_recount_untold", "orders", ["id"], postgresql_where=sa.text("cardinality(recount_untold) > 0")
    )


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
