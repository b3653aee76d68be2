"""What the demonstration prints and leaves behind: a timeline for each call, a table of proofs, report.json."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from core.clock import in_city
from demo.proofs import DemoProof, Stored
from recordings.models import Recording
from telephony.calls.call_state import Direction
from telephony.calls.models import Call

_TOLD = {
    "CHAN_START": "{endpoint} appears",
    "ANSWER": "{endpoint} is picked up",
    "APP_START": "{application} begins",
    "BRIDGE_ENTER": "{endpoint} is connected",
    "HANGUP": "{endpoint} hangs up",
    "USER_DEFINED": "{user_kind}",
}


def print_timelines(console: Console, stored: Stored) -> None:
    for call in stored.calls:
        kind = "dispatch call" if call.direction is Direction.DISPATCH else f"call from {call.caller_number}"
        table = Table(title=f"{kind} · {call.linkedid} · {call.outcome}", title_justify="left", expand=False)
        for column in ("time", "after", "what", "who"):
            table.add_column(column)
        for at, what, who in sorted(_moments(stored, call), key=lambda row: row[0]):
            table.add_row(
                f"{in_city(at):%H:%M:%S.%f}"[:-3], f"{(at - call.started_at).total_seconds():.1f} s", what, who
            )
        console.print(table)


def _moments(stored: Stored, call: Call) -> list[tuple[dt.datetime, str, str]]:
    endpoints = {leg.uniqueid: leg.endpoint or leg.channel for leg in call.legs}
    rows = []
    for event in stored.events:
        if event.linkedid == call.linkedid and event.kind in _TOLD:
            endpoint = endpoints.get(event.uniqueid, "")
            rows.append(
                (event.at, _TOLD[event.kind].format_map(_Blank(event.fields | {"endpoint": endpoint})), endpoint)
            )
    for recording in stored.recordings_of(call.linkedid):
        rows += _after_the_call(recording)
    if call.direction is not Direction.DISPATCH:
        for order in stored.orders_of(call.linkedid):
            rows += [
                (step.at, f"order {order.number}: {step.step} → {step.to_state}", step.actor_name)
                for step in stored.steps
                if step.order_id == order.id
            ]
            for assignment in stored.assignments:
                if assignment.order_id == order.id:
                    rows.append((assignment.created_at, "assigned", assignment.recipient_code))
                    if assignment.acknowledged_at:
                        rows.append(
                            (assignment.acknowledged_at, f"acknowledged by {assignment.via}", assignment.recipient_code)
                        )
    return rows


def _after_the_call(recording: Recording) -> list[tuple[dt.datetime, str, str]]:
    rows = []
    if recording.archived_at:
        rows.append((recording.archived_at, f"recording archived, {recording.duration_seconds:.1f} s", "worker"))
    transcript = recording.transcript
    if transcript and transcript.made_at:
        rows.append((transcript.made_at, f"transcribed in {transcript.took_seconds:.1f} s", "worker"))
    return rows


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def print_transcripts(console: Console, stored: Stored) -> None:
    for recording in stored.recordings:
        transcript = recording.transcript
        if transcript is None:
            continue
        console.print(f"[bold]{recording.linkedid}[/bold] {transcript.state} {transcript.reason or ''}")
        for segment in transcript.segments:
            console.print(f"  {segment.start_seconds:6.1f} s  {segment.speaker:8} {segment.text}", highlight=False)


def print_proofs(console: Console, proofs: list[DemoProof]) -> None:
    table = Table(title="What was proven", title_justify="left", show_lines=True)
    table.add_column("")
    table.add_column("claim", max_width=40)
    table.add_column("seen")
    for proof in proofs:
        table.add_row("[green]✓[/green]" if proof.ok else "[red]✗[/red]", proof.name, proof.detail)
    console.print(table)


def write_report(file: Path, stored: Stored, proofs: list[DemoProof]) -> None:
    report = {
        "ok": all(proof.ok for proof in proofs),
        "proofs": [{"name": proof.name, "ok": proof.ok, "detail": proof.detail} for proof in proofs],
        "calls": [_call(stored, call) for call in stored.calls],
        "orders": [_order(stored, order.id) for order in stored.orders],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=1))


def _call(stored: Stored, call: Call) -> dict[str, Any]:
    return {
        "linkedid": call.linkedid,
        "direction": call.direction,
        "outcome": call.outcome,
        "caller_number": call.caller_number,
        "answered_by": call.answered_by,
        "started_at": _moment(call.started_at),
        "answered_at": _moment(call.answered_at),
        "ended_at": _moment(call.ended_at),
        "orders": [order.number for order in stored.orders_of(call.linkedid)],
        "recordings": [
            {
                "state": one.state,
                "path": one.path,
                "sha256": one.sha256,
                "duration_seconds": one.duration_seconds,
                "transcript": one.transcript and {"state": one.transcript.state, "text": one.transcript.text},
            }
            for one in stored.recordings_of(call.linkedid)
        ],
    }


def _order(stored: Stored, order_id: int) -> dict[str, Any]:
    order = next(one for one in stored.orders if one.id == order_id)
    return {
        "number": order.number,
        "state": order.state,
        "lead_office": order.lead_office_code,
        "unit": order.unit_code,
        "history": [
            {"seq": step.seq, "at": _moment(step.at), "step": step.step, "to": step.to_state, "who": step.actor_name}
            for step in stored.steps
            if step.order_id == order.id
        ],
        "assignments": [
            {
                "to": assignment.recipient_code,
                "created_at": _moment(assignment.created_at),
                "acknowledged_at": _moment(assignment.acknowledged_at),
                "via": assignment.via,
                "calls": [
                    {"channel": call.channel_id, "state": call.state, "result": call.result}
                    for call in assignment.calls
                ],
            }
            for assignment in stored.assignments
            if assignment.order_id == order.id
        ],
    }


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
