"""block list and indexes of the desk"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_number_key", "blocks", ["number_key", "id"], unique=False)
    op.create_index(
        "ix_blocks_open",
        "blocks",
        ["expires_at"],
        unique=False,
        postgresql_where="lifted_at IS NULL AND refused_at IS NULL",
    )
    op.create_index("ix_calls_caller_number_started_at", "calls", ["caller_number", "started_at"], unique=False)
    op.create_index(
        "ix_orders_merged_into_id",
        "orders",
        ["merged_into_id"],
        unique=False,
        postgresql_where="merged_into_id IS NOT NULL",
    )
    op.create_index(
        "ix_orders_open_place_town",
        "orders",
        ["place_town", "received_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "ix_orders_open_subject",
        "orders",
        ["subject", "received_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index("ix_orders_subject_received_at", "orders", ["subject", "received_at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
