"""survey key"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("survey_key", sa.Text(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
