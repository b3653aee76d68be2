"""`hotline doctor` on an installation that was never set up: each part is checked, what is missing is named with its
fix.
"""

from pathlib import Path

from core.sections.speech import SpeechSettings
from core.settings import Settings
from hotline.operations.doctor import Diagnosis, examine


async def doctor(database_url: str, tmp_path: Path, **settings: object) -> dict[str, Diagnosis]:
    rig = Settings(var=tmp_path, database_url=database_url, **settings)  # type: ignore[arg-type]
    return {finding.what: finding for finding in await examine(rig)}


async def test_what_is_missing_is_named_with_its_mend_and_the_rest_is_looked_at(
    database_url: str, tmp_path: Path
) -> None:
    found = await doctor(
        database_url, tmp_path, speech=SpeechSettings(model="nobodys", voice_command=("no-such-voice",))
    )
    assert found["city data"].ok
    assert found["database"].ok
    assert not found["exchange"].ok
    assert "hotline pbx start" in found["exchange"].detail
    assert not found["line"].ok
    assert "hotline line" in found["line"].detail
    assert not found["speech model"].ok
    assert "nobodys" in found["speech model"].detail
    assert not found["voice"].ok
    assert "no-such-voice" in found["voice"].detail
    assert found["disk"].ok


async def test_a_database_that_is_away_and_a_broken_city_do_not_stop_the_others(tmp_path: Path) -> None:
    found = await doctor("postgresql://nobody@127.0.0.1:1/none", tmp_path, city=tmp_path / "nowhere")
    assert {"city data", "database", "line"} == {
        what for what in ("city data", "database", "line") if not found[what].ok
    }
    assert found["disk"].ok
