"""listenings and the ledger of destroyed recordings"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "destructions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recording_id", sa.BigInteger(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column(
            "part",
            sa.Enum("conversation", "message", name="recordingpart", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destructions")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_destructions_recording_id")),
    )
    op.create_index(
        "ix_destructions_unremoved", "destructions", ["id"], unique=False, postgresql_where="removed_at IS NULL"
    )
    op.create_table(
        "listenings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recording_id", sa.BigInteger(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Enum("player", "export", name="howheard", native_enum=False, length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listenings")),
    )
    op.create_index("ix_listenings_account_id_recording_id", "listenings", ["account_id", "recording_id"], unique=False)
    op.create_index("ix_listenings_linkedid_at", "listenings", ["linkedid", "at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
