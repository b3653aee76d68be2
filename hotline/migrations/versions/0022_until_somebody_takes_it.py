"""until somebody takes it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.assignments.models import APPEND_ONLY_SQL

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit_chains",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("normal", "urgent", "emergency", name="urgency", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("running", "taken", "alarmed", "called_off", name="chainstate", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("push_id", sa.BigInteger(), nullable=False),
        sa.Column("tried", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls_before", sa.Integer(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_why", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarm_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarm_seen_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_unit_chains_order_id")),
        sa.ForeignKeyConstraint(["push_id"], ["pushes.id"], name=op.f("fk_unit_chains_push_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_unit_chains_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_chains")),
    )
    op.create_index(
        "ix_unit_chains_alarm",
        "unit_chains",
        ["alarmed_at"],
        unique=False,
        postgresql_where="state = 'alarmed' AND alarm_seen_at IS NULL",
    )
    op.create_index(
        "ix_unit_chains_next_at", "unit_chains", ["next_at"], unique=False, postgresql_where="next_at IS NOT NULL"
    )
    op.create_index(op.f("ix_unit_chains_order_id"), "unit_chains", ["order_id"], unique=False)
    op.create_index(op.f("ix_unit_chains_push_id"), "unit_chains", ["push_id"], unique=False)
    op.create_index(
        "uq_unit_chains_open",
        "unit_chains",
        ["order_id"],
        unique=True,
        postgresql_where="state IN ('running', 'alarmed')",
    )
    op.create_table(
        "chain_deeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "deed",
            sa.Enum(
                "push",
                "call",
                "next_unit",
                "alarm",
                "taken",
                "called_off",
                "alarm_seen",
                name="deed",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["unit_chains.id"], name=op.f("fk_chain_deeds_chain_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_deeds")),
        sa.UniqueConstraint("chain_id", "seq", name=op.f("uq_chain_deeds_chain_id_seq")),
    )
    op.add_column(
        "orders", sa.Column("unit_choice", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    )
    for statement in APPEND_ONLY_SQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
