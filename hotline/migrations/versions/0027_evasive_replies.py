"""evasive replies are listed and counted"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_COUNT = """
    UPDATE turns SET marked = found.marked, marked_sent_back = found.sent_back
    FROM (
        SELECT turn.id, count(*) AS marked, count(*) FILTER (WHERE judged.step = 'send_back') AS sent_back
        FROM replies
        CROSS JOIN LATERAL (
            SELECT id FROM turns WHERE order_id = replies.order_id AND dispatched_at <= replies.at
            ORDER BY id DESC LIMIT 1
        ) AS turn
        LEFT JOIN LATERAL (
            SELECT step FROM order_steps WHERE order_id = replies.order_id AND step IN ('send_back', 'approve')
            ORDER BY seq LIMIT 1
            OFFSET (SELECT count(*) FROM replies r WHERE r.order_id = replies.order_id AND r.id < replies.id)
        ) AS judged ON true
        WHERE replies.marks <> '[]'
        GROUP BY turn.id
    ) AS found
    WHERE turns.id = found.id
"""
"""Each reply is judged once before the next can come: the nth judgement is of the nth reply."""


def upgrade() -> None:
    for name in ("marked", "marked_sent_back"):
        op.add_column("turns", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_replies_marked_at", "replies", ["at"], unique=False, postgresql_where="marks <> '[]'")
    op.execute(_COUNT)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
