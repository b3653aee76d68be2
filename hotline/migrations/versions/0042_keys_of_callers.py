"""by which key a caller is counted, whatever spelling the network gave"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("caller_key", sa.Text(), nullable=True))
    op.create_index("ix_calls_caller_key_started_at", "calls", ["caller_key", "started_at"])


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
