"""the first tables"""

import sqlalchemy as sa
from alembic import op
from procrastinate import App, PsycopgConnector
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from dispatch.orders.models import APPEND_ONLY_SQL

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _escaped(statements: str) -> str:
    """`:name` in SQL text would be taken for a parameter."""
    return statements.replace(":", r"\:")


def upgrade() -> None:
    op.execute(sa.text(_escaped(SchemaManager(App(connector=PsycopgConnector()).connector).get_schema())))

    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "role",
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
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("office_code", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
    )
    op.create_table(
        "agents",
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("offline", "ready", "paused", name="agentstate", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("extension", name=op.f("pk_agents")),
    )
    op.create_table(
        "call_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("folded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_events")),
        sa.UniqueConstraint("uniqueid", "kind", "at", "digest", name=op.f("uq_call_events_uniqueid_kind_at_digest")),
    )
    op.create_index(op.f("ix_call_events_linkedid"), "call_events", ["linkedid"], unique=False)
    op.create_index("ix_call_events_unfolded", "call_events", ["pbx"], unique=False, postgresql_where="NOT folded")
    op.create_table(
        "calls",
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("inbound", "dispatch", "outbound", "internal", name="direction", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "arriving",
                "queued",
                "ringing",
                "talking",
                "leaving_message",
                "ended",
                name="callstate",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "answered",
                "abandoned",
                "message_left",
                "callback_asked",
                "transferred_out",
                "failed",
                name="outcome",
                native_enum=False,
                length=64,
            ),
            nullable=True,
        ),
        sa.Column("caller_number", sa.Text(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("called_number", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("hangup_cause", sa.Integer(), nullable=True),
        sa.Column("recorded_uniqueid", sa.Text(), nullable=True),
        sa.Column("recording_stem", sa.Text(), nullable=True),
        sa.Column("recording_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_stem", sa.Text(), nullable=True),
        sa.Column("message_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_number", sa.Text(), nullable=True),
        sa.Column("transferred_to", sa.Text(), nullable=True),
        sa.Column("acted_on", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_live", "calls", ["started_at"], unique=False, postgresql_where="ended_at IS NULL")
    op.create_index(op.f("ix_calls_started_at"), "calls", ["started_at"], unique=False)
    op.create_table(
        "cel_positions",
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pbx", name=op.f("pk_cel_positions")),
    )
    op.create_table(
        "offices",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=True),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("deputy", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("duty_phone", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_offices")),
    )
    op.create_table(
        "order_counters",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_order_counters")),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column(
            "part",
            sa.Enum("conversation", "message", name="recordingpart", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("expected", "saved", "failed", name="recordingstate", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "far_side", sa.Enum("citizen", "city", "unit", name="speaker", native_enum=False, length=64), nullable=False
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.Column("matches_call", sa.Boolean(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("linkedid", "part", name=op.f("uq_recordings_linkedid_part")),
    )
    op.create_table(
        "units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("towns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("leader", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
    )
    op.create_table(
        "legs",
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("citizen", "agent", "unit", "outside", "machine", name="legrole", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hangup_cause", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["linkedid"], ["calls.linkedid"], name=op.f("fk_legs_linkedid"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("uniqueid", name=op.f("pk_legs")),
    )
    op.create_index(op.f("ix_legs_linkedid"), "legs", ["linkedid"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("hotline", "web", "mailbox", name="channel", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "answered",
                "registered",
                "dispatched",
                "accepted",
                "in_progress",
                "replied",
                "in_review",
                "sent_back",
                "follow_up",
                "closed",
                "escalated",
                "suspended",
                "merged",
                "invalid",
                "reopened",
                name="state",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column(
            "set_aside_from",
            sa.Enum(
                "draft",
                "answered",
                "registered",
                "dispatched",
                "accepted",
                "in_progress",
                "replied",
                "in_review",
                "sent_back",
                "follow_up",
                "closed",
                "escalated",
                "suspended",
                "merged",
                "invalid",
                "reopened",
                name="state",
                native_enum=False,
                length=64,
            ),
            nullable=True,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "consultation",
                "suggestion",
                "help",
                "complaint",
                "report",
                "other",
                name="kind",
                native_enum=False,
                length=64,
            ),
            nullable=True,
        ),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column(
            "urgency",
            sa.Enum("normal", "urgent", "emergency", name="urgency", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("place_town", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("citizen_name", sa.Text(), nullable=False),
        sa.Column("citizen_phone", sa.Text(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("lead_office_code", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("public_answer", sa.Text(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limits_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accept_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finish_expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finish_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_count", sa.Integer(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lead_office_code"], ["offices.code"], name=op.f("fk_orders_lead_office_code")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["orders.id"], name=op.f("fk_orders_merged_into_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_orders_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index(op.f("ix_orders_citizen_phone"), "orders", ["citizen_phone"], unique=False)
    op.create_index(
        "ix_orders_finish_due_at", "orders", ["finish_due_at"], unique=False, postgresql_where="closed_at IS NULL"
    )
    op.create_index("ix_orders_lead_office_code_id", "orders", ["lead_office_code", "id"], unique=False)
    op.create_index(op.f("ix_orders_received_at"), "orders", ["received_at"], unique=False)
    op.create_index("ix_orders_search", "orders", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_orders_state_id", "orders", ["state", "id"], unique=False)
    op.create_index("ix_orders_unit_code_id", "orders", ["unit_code", "id"], unique=False)
    op.create_table(
        "transcripts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recording_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "running", "done", "failed", name="transcriptstate", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("took_seconds", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_transcripts_recording_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_transcripts_recording_id")),
    )
    op.create_index("ix_transcripts_search", "transcripts", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "web_sessions",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_web_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_account_id"), "web_sessions", ["account_id"], unique=False)
    op.create_table(
        "order_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("incoming", "dispatch", "crew", "follow_up", name="callpurpose", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_calls_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_calls")),
        sa.UniqueConstraint("order_id", "linkedid", name=op.f("uq_order_calls_order_id_linkedid")),
    )
    op.create_index("ix_order_calls_linkedid", "order_calls", ["linkedid"], unique=False)
    op.create_index(
        "uq_order_calls_incoming", "order_calls", ["linkedid"], unique=True, postgresql_where="purpose = 'incoming'"
    )
    op.create_table(
        "order_co_offices",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_order_co_offices_office_code")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_co_offices_order_id")),
        sa.PrimaryKeyConstraint("order_id", "office_code", name=op.f("pk_order_co_offices")),
    )
    op.create_index(op.f("ix_order_co_offices_office_code"), "order_co_offices", ["office_code"], unique=False)
    op.create_table(
        "order_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "create",
                "fill_in",
                "answer",
                "register",
                "dispatch",
                "redispatch",
                "add_co_offices",
                "accept",
                "ask_move",
                "decline_move",
                "start",
                "report",
                "ask_extension",
                "reply",
                "review",
                "send_back",
                "approve",
                "record_follow_up",
                "close",
                "reopen",
                "escalate",
                "instruct",
                "suspend",
                "resume",
                "merge",
                "invalidate",
                "warn",
                "urge",
                name="step",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column(
            "from_state",
            sa.Enum(
                "draft",
                "answered",
                "registered",
                "dispatched",
                "accepted",
                "in_progress",
                "replied",
                "in_review",
                "sent_back",
                "follow_up",
                "closed",
                "escalated",
                "suspended",
                "merged",
                "invalid",
                "reopened",
                name="state",
                native_enum=False,
                length=64,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "draft",
                "answered",
                "registered",
                "dispatched",
                "accepted",
                "in_progress",
                "replied",
                "in_review",
                "sent_back",
                "follow_up",
                "closed",
                "escalated",
                "suspended",
                "merged",
                "invalid",
                "reopened",
                name="state",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "actor_role",
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
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_steps_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_steps")),
        sa.UniqueConstraint("order_id", "seq", name=op.f("uq_order_steps_order_id_seq")),
    )
    op.create_table(
        "pushes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "recipient_kind",
            sa.Enum("office", "unit", name="recipientkind", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("recipient_code", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("lead", "assist", "crew", name="pushpurpose", native_enum=False, length=64),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_pushes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
    )
    op.create_index(
        "ix_pushes_open",
        "pushes",
        ["recipient_kind", "recipient_code", "id"],
        unique=False,
        postgresql_where="acknowledged_at IS NULL AND withdrawn_at IS NULL",
    )
    op.create_index(op.f("ix_pushes_order_id"), "pushes", ["order_id"], unique=False)
    op.create_index("ix_pushes_recipient", "pushes", ["recipient_kind", "recipient_code", "id"], unique=False)
    op.create_table(
        "replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("public_answer", sa.Text(), nullable=False),
        sa.Column("found_true", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("citizen_answered", sa.Boolean(), nullable=True),
        sa.Column("citizen_solved", sa.Boolean(), nullable=True),
        sa.Column("citizen_satisfied", sa.Boolean(), nullable=True),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_replies_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_order_id"), "replies", ["order_id"], unique=False)
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transcript_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "speaker", sa.Enum("citizen", "city", "unit", name="speaker", native_enum=False, length=64), nullable=False
        ),
        sa.Column("start_seconds", sa.Double(), nullable=False),
        sa.Column("end_seconds", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"], ["transcripts.id"], name=op.f("fk_segments_transcript_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
    )
    op.create_index(op.f("ix_segments_transcript_id"), "segments", ["transcript_id"], unique=False)
    op.create_table(
        "dispatch_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("push_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "placing",
                "ringing",
                "answered",
                "acknowledged",
                "no_answer",
                "failed",
                name="dispatchcallstate",
                native_enum=False,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["push_id"], ["pushes.id"], name=op.f("fk_dispatch_calls_push_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_calls")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_dispatch_calls_channel_id")),
        sa.UniqueConstraint("push_id", "attempt", name=op.f("uq_dispatch_calls_push_id_attempt")),
    )

    for statement in APPEND_ONLY_SQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a release is left by restoring the backup that was made before it")
