"""evidence files know what they list"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    listed = sa.Column("listed", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    op.add_column("evidence_files", listed)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
