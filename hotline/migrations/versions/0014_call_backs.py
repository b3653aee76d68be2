"""call-backs"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("place_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "dialling",
                "reached",
                "given_up",
                "settled",
                name="callbackstate",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_callbacks_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("linkedid", name=op.f("uq_callbacks_linkedid")),
    )
    op.create_index("ix_callbacks_number", "callbacks", ["number"], unique=False)
    op.create_index(
        "ix_callbacks_open",
        "callbacks",
        ["place_at"],
        unique=False,
        postgresql_where="state IN ('waiting', 'dialling')",
    )
    op.create_index(op.f("ix_callbacks_order_id"), "callbacks", ["order_id"], unique=False)
    op.create_table(
        "callback_tries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("callback_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "reached", "busy", "no_answer", "agent_away", "failed", name="tryresult", native_enum=False, length=64
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name=op.f("fk_callback_tries_callback_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_tries")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_callback_tries_channel_id")),
    )
    op.create_index(op.f("ix_callback_tries_callback_id"), "callback_tries", ["callback_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
