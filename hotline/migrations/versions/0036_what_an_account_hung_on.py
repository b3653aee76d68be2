"""what an account hung on orders lately is found by index"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_attachments_actor_id_received_at", "attachments", ["actor_id", "received_at"])


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
