"""since when each leg of a call was with the citizen"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("legs", sa.Column("citizen_at", sa.DateTime(timezone=True), nullable=True))
    # It matters for half an hour after a call. People whom others called in are left out: nobody knows with whom they
    # spoke.
    op.execute("""
        UPDATE legs SET citizen_at = connected_at
        WHERE connected_at > now() - interval '1 day' AND uniqueid NOT LIKE 'guest-%'
    """)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
