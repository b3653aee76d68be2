"""sealed recordings, an append-only log of listenings and destructions, a column that nobody read"""

import sqlalchemy as sa
from alembic import op

from recordings.archive.models import APPEND_ONLY_SQL

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("key_id", sa.Text(), nullable=True))
    op.add_column("recordings", sa.Column("file_sha256", sa.Text(), nullable=True))
    op.drop_column("calls", "recording_stem")
    for statement in APPEND_ONLY_SQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
