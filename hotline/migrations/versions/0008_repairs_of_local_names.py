"""repairs of local names"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("repairs", postgresql.JSONB(), server_default="[]", nullable=False))


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
