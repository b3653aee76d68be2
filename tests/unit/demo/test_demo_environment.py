"""A child process of the demonstration reads the very settings of its parent."""

from pathlib import Path

import pytest

from core.sections.pbx import PbxSection
from core.sections.speech import SpeechSettings
from core.settings import Settings, load_settings
from demo.installation import environment


@pytest.mark.parametrize(
    "speech", [SpeechSettings(), SpeechSettings(voice_command=("speak", "--voice", "zh"), workers=1)]
)
def test_the_settings_come_through_the_environment_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, speech: SpeechSettings
) -> None:
    here = {name: tmp_path / name for name in ("var", "opt", "city", "prompts")}
    settings = Settings(**here, database_url="postgresql:///x", speech=speech, pbx=PbxSection(test_phones=2))  # type: ignore[arg-type]
    for key, value in environment(settings).items():
        monkeypatch.setenv(key, value)
    assert load_settings() == settings
