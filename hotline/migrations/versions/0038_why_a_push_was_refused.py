"""why a browser could not be notified"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("web_push_subscriptions", sa.Column("refused", sa.Text(), server_default="", nullable=False))
    op.add_column("web_push_subscriptions", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
