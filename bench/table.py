"""`make bench [ONLY=name]`: every row measured, shown as a table and written to var/bench/report.json.

Ratios are what to look at: they compare ours with a floor (the least that anybody would have to do) on the same
machine in the same minute. The report is rewritten after each row and holds what this run has measured.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.database import temporary_database
from bench.evasive import measure_evasive_replies
from bench.line.delay import measure_event_to_browser, measure_hang_up_to_order
from bench.line.events import measure_ami_decode, measure_call_events
from bench.line.gap import measure_gap
from bench.line.load import measure_call_rate, measure_concurrent_calls
from bench.matters import measure_matters
from bench.orders import QUESTIONS, measure_orders
from bench.recognition.live import live_rows
from bench.recognition.speech import (
    measure_place_names,
    measure_speech_asterisk,
    measure_speech_cer,
    measure_speech_speed,
)
from bench.recognition.transcription import measure_transcription
from bench.row import Row
from bench.sense.measure import measure_sense
from core.database import Sessions, make_engine, make_sessions
from core.errors import NotFound
from core.settings import Settings


def _transcription() -> Row:
    return _in_database(lambda sessions, _: measure_transcription(sessions))


def _ring_to_pop() -> Row:
    # The browser's driver is a tool of the bench and the tests, not of the product.
    from bench.line.pop import measure_ring_to_pop

    return measure_ring_to_pop()


def _queue(*, typing: bool) -> Row:
    from bench.queue_by_keys import measure_queue

    return measure_queue(typing=typing)


def _gap() -> Row:
    return _in_database(measure_gap)


def _in_database(measure: Callable[[Sessions, str], Coroutine[Any, Any, Row]]) -> Row:
    """In a temporary database of its own: measurements never touch the installation's."""
    with temporary_database() as url:
        return asyncio.run(_with_database(url, measure))


async def _with_database(url: str, measure: Callable[[Sessions, str], Coroutine[Any, Any, Row]]) -> Row:
    engine = make_engine(url)
    try:
        return await measure(make_sessions(engine), url)
    finally:
        await engine.dispose()


BENCHES: dict[str, Callable[[], Row]] = {
    "ami-decode": measure_ami_decode,
    "call-events": measure_call_events,
    "evasive-replies": measure_evasive_replies,
    "matters": measure_matters,
    "sense": measure_sense,
    "gap-recovery": _gap,
    "call-rate": measure_call_rate,
    "concurrent-calls": measure_concurrent_calls,
    "event-to-browser": measure_event_to_browser,
    "hang-up-to-order": measure_hang_up_to_order,
    **{name: partial(measure_orders, name) for name in QUESTIONS},
    "ring-to-pop": _ring_to_pop,
    "queue-by-keys": partial(_queue, typing=False),
    "queue-by-typing": partial(_queue, typing=True),
    "transcription": _transcription,
    "speech-cer": measure_speech_cer,
    "speech-asterisk": measure_speech_asterisk,
    "speech-speed": measure_speech_speed,
    "place-names": measure_place_names,
    "live-lag": lambda: live_rows()[0],
    "live-share": lambda: live_rows()[1],
}


def run_benches(settings: Settings, only: str | None = None) -> list[Row]:
    """Measure all rows or the one named `only`; show and write them. Raises NotFound with the names,
    ConfigurationError."""
    if only and only not in BENCHES:
        raise NotFound(f"there is no bench {only!r}; there are: {', '.join(BENCHES)}")
    console = Console()
    report = settings.var / "bench" / "report.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for name in [only] if only else BENCHES:
        with console.status(f"measuring {name} …"):
            rows.append(BENCHES[name]())
        report.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    console.print(_table(rows))
    for row in rows:
        console.print(f"[bold]{row['name']}[/bold]: {row['what']}\n    {row['note']}", highlight=False)
        for headings, *cells in row.get("tables", []):
            shown = Table(*headings)
            for line in cells:
                shown.add_row(*line)
            console.print(shown)
    console.print(f"written: {report}")
    return rows


def _table(rows: list[Row]) -> Table:
    table = Table("name")
    for heading in ("ours", "floor", "ratio", "runs"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit")
    for row in rows:
        numbers = (f"{row['ours']:,}", f"{row['floor']:,}", f"{row['ratio']:.3f}", str(row["runs"]))
        table.add_row(row["name"], *numbers, row["unit"])
    return table
