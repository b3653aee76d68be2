"""keys of citizens' numbers; those of existing orders are made when the installation is prepared"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("phone_keys", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_index("ix_orders_phone_keys", "orders", ["phone_keys"], postgresql_using="gin")


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
