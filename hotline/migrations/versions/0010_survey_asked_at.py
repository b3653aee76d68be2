"""when the citizen was asked how it was; of old calls from what Asterisk stated"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("survey_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """
        UPDATE calls SET survey_asked_at = said.at
        FROM (
            SELECT linkedid, min(at) AS at FROM call_events
            WHERE kind = 'USER_DEFINED' AND fields ->> 'user_kind' = 'CONVERSATION_ENDED' GROUP BY linkedid
        ) AS said
        WHERE said.linkedid = calls.linkedid
        """
    )


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
