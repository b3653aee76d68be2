"""which telephone an agent is rung at"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    phones = sa.Enum("telephone", "browser", name="agentphone", native_enum=False, length=64)
    op.add_column("agents", sa.Column("phone", phones, server_default="telephone", nullable=False))


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
