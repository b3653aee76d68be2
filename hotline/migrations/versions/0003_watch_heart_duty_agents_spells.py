"""watch, heart, duty, agents' spells"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_spells",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("offline", "ready", "paused", name="agentstate", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_spells")),
    )
    op.create_index(
        "ix_agent_spells_open", "agent_spells", ["extension"], unique=True, postgresql_where="until IS NULL"
    )
    op.create_index("ix_agent_spells_since", "agent_spells", ["since"], unique=False)
    op.create_table(
        "alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "not_answered",
                "greeting_silent",
                "greeting_wrong",
                "queue_unknown",
                "no_agent",
                "too_few_agents",
                "line_away",
                "database_away",
                name="troublekind",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raise_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clear_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index("ix_alarms_open", "alarms", ["pbx", "kind"], unique=True, postgresql_where="cleared_at IS NULL")
    op.create_table(
        "duty_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_least", sa.Integer(), nullable=False),
        sa.Column("extensions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_entries")),
    )
    op.create_index(op.f("ix_duty_entries_ends_at"), "duty_entries", ["ends_at"], unique=False)
    op.create_table(
        "lines",
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column(
            "manager_state",
            sa.Enum(
                "connecting",
                "connected",
                "refused",
                "unreachable",
                "not_a_manager",
                "refused_login",
                "dropped",
                "silent",
                "resync_failed",
                "overrun",
                "closed",
                name="managerstate",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("cel_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cel_backlog_bytes", sa.BigInteger(), nullable=False),
        sa.Column("unfolded_facts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pbx", name=op.f("pk_lines")),
    )
    op.create_table(
        "watch_rounds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_seconds", sa.Double(), nullable=True),
        sa.Column("greeting_score", sa.Double(), nullable=True),
        sa.Column("ready_agents", sa.Integer(), nullable=True),
        sa.Column("wanted_agents", sa.Integer(), nullable=False),
        sa.Column("troubles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_rounds")),
    )
    op.create_index(op.f("ix_watch_rounds_at"), "watch_rounds", ["at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
