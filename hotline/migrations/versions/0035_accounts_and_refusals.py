"""accounts: what was done, what was refused, sessions that are used last longer"""

import sqlalchemy as sa
from alembic import op

from access.accounts.log_models import APPEND_ONLY_SQL

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

DEEDS = ("added", "changed", "password_changed", "password_reset", "closed", "reopened", "sessions_ended")
REASONS = (
    "wrong_password",
    "unknown_name",
    "closed_account",
    "too_many_for_name",
    "too_many_from_address",
    "too_many_in_all",
    "too_many_at_once",
    "forged_link",
    "not_allowed",
)


def upgrade() -> None:
    op.add_column("accounts", sa.Column("must_change_password", sa.Boolean(), server_default="false", nullable=False))
    op.alter_column("accounts", "must_change_password", server_default=None)
    op.add_column("web_sessions", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.create_unique_constraint(op.f("uq_web_sessions_id"), "web_sessions", ["id"])
    for column in (
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        # Sessions open during the change last as long as before.
        sa.Column("ends_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("web_sessions", column)
        op.alter_column("web_sessions", column.name, server_default=None)
    op.execute("UPDATE web_sessions SET ends_at = expires_at")
    op.create_table(
        "account_deeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deed", sa.Enum(*DEEDS, name="deed", native_enum=False, length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("by_account_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_deeds_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_deeds")),
    )
    op.create_index(op.f("ix_account_deeds_account_id"), "account_deeds", ["account_id"], unique=False)
    op.create_table(
        "refusals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Enum(*REASONS, name="reason", native_enum=False, length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("untold", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
    )
    op.create_index(op.f("ix_refusals_at"), "refusals", ["at"], unique=False)
    for statement in APPEND_ONLY_SQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
