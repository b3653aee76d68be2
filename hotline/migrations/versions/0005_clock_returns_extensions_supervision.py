"""clock, returns, extensions, supervision"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


_ORDERS_ON_THEIR_WAY = (
    """
    UPDATE orders SET responsible_office_code = lead_office_code, dispatched_at =
        (SELECT max(at) FROM order_steps WHERE order_id = orders.id AND step IN ('dispatch', 'redispatch'))
    WHERE lead_office_code IS NOT NULL AND closed_at IS NULL
    """,
    """
    INSERT INTO turns (order_id, office_code, dispatched_at, accept_due_at, finish_due_at, accepted_at, replied_at,
        sent_back, extended, warned)
    SELECT id, lead_office_code, dispatched_at, accept_due_at, finish_due_at, accepted_at, replied_at, 0, 0, 0
    FROM orders
    WHERE dispatched_at IS NOT NULL AND finish_due_at IS NOT NULL AND state NOT IN ('registered', 'reopened')
    """,
    # The first sweep finds out what really falls due.
    "UPDATE orders SET next_due_at = updated_at WHERE finish_due_at IS NOT NULL AND closed_at IS NULL",
)


def upgrade() -> None:
    op.create_table(
        "spot_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("closed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("at_least", sa.Integer(), nullable=False),
        sa.Column("population", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
    )
    op.create_table(
        "spot_check_picks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("spot_check_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column(
            "offence",
            sa.Enum(
                "delayed",
                "not_told_at_once",
                "made_wait",
                "rude",
                "made_hard",
                "passed_the_buck",
                "wanted_favours",
                "procedure_too_long",
                "broke_limit",
                "waited_for_leader",
                "left_old_problem",
                "same_problem_again",
                "exposed",
                "illegal_fees",
                "against_the_spirit",
                name="offence",
                native_enum=False,
                length=64,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_spot_check_picks_office_code")),
        sa.ForeignKeyConstraint(["spot_check_id"], ["spot_checks.id"], name=op.f("fk_spot_check_picks_spot_check_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check_picks")),
        sa.UniqueConstraint("spot_check_id", "number", name=op.f("uq_spot_check_picks_spot_check_id_number")),
    )
    op.create_table(
        "accountability",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "accept_reminder",
                "accept_warning",
                "accept_accountability",
                "finish_reminder",
                "finish_warning",
                "part_reminder",
                "part_warning",
                "return_undecided",
                "ruling_overdue",
                "urge_unanswered",
                "resume",
                name="dutykind",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("first_responsible", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_accountability_office_code")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_accountability_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accountability")),
        sa.UniqueConstraint(
            "order_id", "kind", "due_at", "office_code", name=op.f("uq_accountability_order_id_kind_due_at_office_code")
        ),
    )
    op.create_index("ix_accountability_office_code_due_at", "accountability", ["office_code", "due_at"], unique=False)
    op.create_table(
        "extensions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("granted", "declined", "lapsed", name="verdict", native_enum=False, length=64),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_extensions_office_code")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_extensions_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    op.create_index("ix_extensions_order_id", "extensions", ["order_id"], unique=False)
    op.create_table(
        "order_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "accept_reminder",
                "accept_warning",
                "accept_accountability",
                "finish_reminder",
                "finish_warning",
                "part_reminder",
                "part_warning",
                "return_undecided",
                "ruling_overdue",
                "urge_unanswered",
                "resume",
                name="dutykind",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_notices_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_notices")),
        sa.UniqueConstraint(
            "order_id", "kind", "due_at", "office_code", name=op.f("uq_order_notices_order_id_kind_due_at_office_code")
        ),
    )
    op.create_index("ix_order_notices_office_code_id", "order_notices", ["office_code", "id"], unique=False)
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column(
            "reason_code",
            sa.Enum(
                "not_ours",
                "not_here",
                "another_leads",
                "facts_differ",
                name="returnreason",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("boundary", sa.Text(), nullable=False),
        sa.Column("suggested_office_code", sa.Text(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "agent",
                "coordinator",
                "office",
                "unit",
                "supervisor",
                "leader",
                "administrator",
                "citizen",
                "system",
                name="role",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("granted", "declined", "lapsed", name="verdict", native_enum=False, length=64),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_returns_office_code")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_returns_order_id")),
        sa.ForeignKeyConstraint(
            ["suggested_office_code"], ["offices.code"], name=op.f("fk_returns_suggested_office_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
    )
    op.create_index("ix_returns_order_id", "returns", ["order_id"], unique=False)
    op.create_table(
        "turns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finish_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back", sa.Integer(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("citizen_answered", sa.Boolean(), nullable=True),
        sa.Column("citizen_solved", sa.Boolean(), nullable=True),
        sa.Column("citizen_satisfied", sa.Boolean(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended",
            sa.Enum("closed", "moved", "reopened", "merged", "invalid", name="turnend", native_enum=False, length=64),
            nullable=True,
        ),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_turns_office_code")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_turns_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
    )
    op.create_index("ix_turns_dispatched_at", "turns", ["dispatched_at"], unique=False)
    op.create_index("ix_turns_office_code_dispatched_at", "turns", ["office_code", "dispatched_at"], unique=False)
    op.create_index("ix_turns_order_id", "turns", ["order_id"], unique=False)
    op.create_index("uq_turns_open", "turns", ["order_id"], unique=True, postgresql_where="ended_at IS NULL")
    op.create_table(
        "urges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mark", sa.Enum("yellow", "red", name="urgemark", native_enum=False, length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_urges_office_code")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_urges_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urges")),
    )
    op.create_index("ix_urges_office_code_id", "urges", ["office_code", "id"], unique=False)
    op.create_index("ix_urges_order_id", "urges", ["order_id"], unique=False)
    op.create_table(
        "precedents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("place_town", sa.Text(), nullable=True),
        sa.Column("asked_office_code", sa.Text(), nullable=False),
        sa.Column("lead_office_code", sa.Text(), nullable=False),
        sa.Column("boundary", sa.Text(), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column(
            "ruled_by",
            sa.Enum(
                "agent",
                "coordinator",
                "office",
                "unit",
                "supervisor",
                "leader",
                "administrator",
                "citizen",
                "system",
                name="role",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_precedents_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_precedents")),
        sa.UniqueConstraint("return_id", name=op.f("uq_precedents_return_id")),
    )
    op.create_index("ix_precedents_subject_id", "precedents", ["subject", "id"], unique=False)
    op.add_column("order_co_offices", sa.Column("task", sa.Text(), server_default="", nullable=False))
    op.add_column("order_co_offices", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_co_offices", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_co_offices", sa.Column("answer", sa.Text(), server_default="", nullable=False))
    op.add_column("order_co_offices", sa.Column("answered_by", sa.Text(), server_default="", nullable=False))
    op.add_column("orders", sa.Column("responsible_office_code", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("accept_final_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "orders",
        sa.Column(
            "return_before",
            sa.Enum(
                "agent",
                "coordinator",
                "office",
                "unit",
                "supervisor",
                "leader",
                "administrator",
                "citizen",
                "system",
                name="role",
                native_enum=False,
                length=64,
            ),
            nullable=True,
        ),
    )
    op.add_column("orders", sa.Column("return_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("return_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("extension_until_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("urge_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_orders_next_due_at", "orders", ["next_due_at"], unique=False, postgresql_where="next_due_at IS NOT NULL"
    )
    op.create_foreign_key(
        op.f("fk_orders_responsible_office_code"), "orders", "offices", ["responsible_office_code"], ["code"]
    )
    for statement in _ORDERS_ON_THEIR_WAY:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
