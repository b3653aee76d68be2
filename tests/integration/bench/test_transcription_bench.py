"""The bench's transcription row is made of real runs."""

from bench.recognition.transcription import measure_transcription
from core.database import Sessions


async def test_the_row_has_both_speeds_and_their_ratio(sessions: Sessions) -> None:
    row = await measure_transcription(sessions, runs=1, sentences=1)
    assert row.keys() == {"name", "what", "ours", "floor", "ratio", "unit", "runs", "note"}
    assert row["ours"] > 0
    assert row["floor"] > 0
    assert row["ratio"] > 0.5
