"""An order's evidence, gathered as the one who prints it may know it, written into the ledger before it leaves."""

import asyncio
import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.calls import may_hear, orders_of
from access.visibility.evidence_ledger import EvidenceFile
from access.visibility.rules import file_name_of
from core.city_words import city_words
from core.clock import day_and_minute, exact, in_city
from dispatch.attachments.store import attachments_of
from dispatch.city.records import City
from dispatch.orders.labels import ROLES
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import calls_of
from recordings.archive.export import transcript_text
from recordings.labels import RECORDING_PARTS, RECORDING_STATES
from recordings.models import Recording
from telephony.calls.models import Call
from web.calls.presenter import recordings_of
from web.evidence.pdf import Checksum, Evidence, Printed, PrintedRow, find_font, make_pdf
from web.labels import no_phone
from web.orders.cards import kind_name, place_words
from web.orders.presenter import order_answer
from web.orders.schemas import OrderAnswer, ReplyAnswer
from web.orders.timeline import timeline
from web.orders.timeline_sources import load_beside


async def print_evidence(session: AsyncSession, policy: Policy, me: Me, order: Order, at: dt.datetime) -> bytes:
    """The PDF, and its row in the ledger in the caller's transaction. Raises Unavailable without a Chinese font."""
    evidence = await gather(session, policy, me, order, at=at)
    printed = Printed(f"{me.display_name}（{ROLES[me.role]}，{me.name}）", at, _serial(order, at))
    file = await asyncio.to_thread(make_pdf, evidence, printed, find_font())
    session.add(
        EvidenceFile(
            serial=printed.serial,
            order_id=order.id,
            order_number=order.number,
            at=at,
            account_id=me.account_id,
            account_name=me.name,
            display_name=me.display_name,
            role=me.role.value,
            sha256=hashlib.sha256(file).hexdigest(),
            size_bytes=len(file),
            listed=[asdict(one) for one in evidence.checksums if one.sha256],
        )
    )
    return file


async def find_evidence(session: AsyncSession, sha256: str) -> EvidenceFile | None:
    """The ledger's row of a file with this checksum; None: no such file was ever issued."""
    return await session.scalar(select(EvidenceFile).where(EvidenceFile.sha256 == sha256).limit(1))


async def gather(session: AsyncSession, policy: Policy, me: Me, order: Order, *, at: dt.datetime) -> Evidence:
    city = policy.city
    answer = await order_answer(session, policy, me, order, at=at)
    beside = await load_beside(session, city, order, me)
    return Evidence(
        installation=f"{city.name}{city_words().line}",
        number=answer.number,
        title=answer.title,
        facts=_facts(answer, city),
        matter=answer.matter,
        timeline=[PrintedRow(one.at, one.gap, one.title, one.who, one.text) for one in timeline(answer, city, beside)],
        replies=[(_reply_heading(one, city), one.done, one.public_answer) for one in answer.replies],
        checksums=[*await _recorded(session, me, order), *await _attached(session, me, order)],
    )


def _facts(answer: OrderAnswer, city: City) -> list[tuple[str, str]]:
    lead = city.offices.get(answer.lead_office_code or "")
    unit = city.units.get(answer.unit_code or "")
    return [
        ("状态", answer.state_name),
        ("类型", kind_name(answer.kind, answer.urgency)),
        ("诉求人", answer.citizen_name or ("要求保密" if answer.confidential else "未留姓名")),
        ("电话", answer.citizen_phone or ("要求保密" if answer.confidential else no_phone(answer.channel))),
        ("地点", place_words(answer, city) or "未说明"),
        ("受理时间", exact(answer.received_at)),
        ("办结时限", day_and_minute(answer.finish_due_at, year=True) if answer.finish_due_at else "未确定"),
        ("主办单位", lead.name if lead else "未确定"),
        (city_words().crew, unit.name if unit else "无"),
    ]


def _reply_heading(reply: ReplyAnswer, city: City) -> str:
    office = city.offices.get(reply.office_code or "") or city.units.get(reply.unit_code or "")
    return f"{day_and_minute(reply.at, year=True)}  {office.name if office else ''}  {reply.actor_name}"


async def _recorded(session: AsyncSession, me: Me, order: Order) -> list[Checksum]:
    linkedids = [row.linkedid for row in await calls_of(session, order.id)]
    recordings, linked = await recordings_of(session, linkedids), await orders_of(session, linkedids)
    found: list[Checksum] = []
    for linkedid in linkedids:
        call = await session.get(Call, linkedid)
        if call is not None and await may_hear(session, me, call, linked[linkedid]):
            for recording in recordings[linkedid]:
                found += _of_recording(recording)
        elif recordings[linkedid]:
            found.append(Checksum("一通电话的录音：诉求人要求保密，未列出", ""))
    return found


def _of_recording(recording: Recording) -> Iterator[Checksum]:
    begun = exact(recording.started_at)
    part = f"{RECORDING_PARTS[recording.part]} {begun}"
    if recording.sha256 is None:
        yield Checksum(f"{part}：{RECORDING_STATES[recording.state]} {recording.reason or ''}".strip(), "")
    else:
        yield Checksum(f"{part}，{recording.duration_seconds or 0:.1f}秒，{recording.size_bytes}字节", recording.sha256)
    if recording.transcript is not None and recording.transcript.text:
        text = transcript_text(recording, recording.transcript)
        yield Checksum(f"转写 {begun}（{recording.transcript.model}）", hashlib.sha256(text.encode()).hexdigest())


async def _attached(session: AsyncSession, me: Me, order: Order) -> list[Checksum]:
    rows = await attachments_of(session, order.id)
    return [
        Checksum(f"附件 {file_name_of(me, order, row)}，{row.media_type}，{row.size_bytes}字节", row.sha256)
        for row in rows
    ]


def _serial(order: Order, at: dt.datetime) -> str:
    """Unguessable: a forger cannot invent one that the ledger has."""
    return f"{in_city(at):%Y%m%d%H%M%S}-{order.id}-{secrets.token_hex(3).upper()}"
