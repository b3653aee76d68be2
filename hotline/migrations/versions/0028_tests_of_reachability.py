"""tests of reachability"""

import sqlalchemy as sa
from alembic import op

from dispatch.reachability.models import APPEND_ONLY_SQL

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reach_alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_alarms")),
    )
    op.create_index(op.f("ix_reach_alarms_subject"), "reach_alarms", ["subject"], unique=False)
    op.create_index(
        "uq_reach_alarms_open", "reach_alarms", ["subject"], unique=True, postgresql_where="over_at IS NULL"
    )
    op.create_table(
        "reach_tests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "means",
            sa.Enum("message", "push", "phone", name="reachmeans", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column(
            "audience",
            sa.Enum(
                "citizen",
                "office",
                "unit",
                "coordinator",
                "supervisor",
                "leader",
                name="audience",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("notice_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "result",
            sa.Enum("confirmed", "taken", "failed", "called_off", name="reachresult", native_enum=False, length=64),
            nullable=True,
        ),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_reach_tests_contact_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_reach_tests_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_tests")),
    )
    op.create_index(op.f("ix_reach_tests_notice_id"), "reach_tests", ["notice_id"], unique=False)
    op.create_index("ix_reach_tests_subject_id", "reach_tests", ["subject", "id"], unique=False)
    op.create_index("uq_reach_tests_open", "reach_tests", ["subject"], unique=True, postgresql_where="ended_at IS NULL")
    for statement in APPEND_ONLY_SQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
