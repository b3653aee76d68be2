"""what an agent is stands in the state alone, no longer in the reason of a pause"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# As the release before wrote them, or read them as wrap-up.
_WRAP_UP = "'话后整理', '话后处理', 'after-call work', 'wrap-up'"


def upgrade() -> None:
    for table in ("agents", "agent_spells"):
        op.execute(
            f"""
            UPDATE {table} SET
                state = CASE
                    WHEN reason IN ({_WRAP_UP}) THEN 'wrap_up'
                    WHEN reason = '电话没有接通' THEN 'unreachable'
                    WHEN reason = '连续未接' THEN 'missed_calls'
                    ELSE 'on_break'
                END,
                reason = CASE WHEN reason IN ({_WRAP_UP}, '电话没有接通', '连续未接') THEN NULL ELSE reason END
            WHERE state = 'paused'
            """  # noqa: S608 - our own two names
        )


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
