"""when an attempt at a notice began, and whether its end is known"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("under_way", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "ix_notices_begun",
        "notices",
        ["channel", "address", "begun_at"],
        postgresql_where=sa.text("begun_at IS NOT NULL"),
    )


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
