"""What the demonstration's people say aloud: the recorded sentences, where they say what this city's people would; else
spoken by machine."""

import tomllib
from pathlib import Path

from core.settings import Settings
from demo.matters import Matter
from dispatch.city.records import City
from ivr.voice.voices import make_voice

FOLDER = Path(__file__).resolve().parent.parent / "deploy/demo/speech"


async def speech_of(settings: Settings, city: City, matters: tuple[Matter, Matter]) -> dict[str, Path]:
    """Name of the sentence → its sound."""
    voice, said = make_voice(settings), _recorded()
    spoken = {name: FOLDER / f"{name}.wav" for name in ("agent-where", "agent-registered")}
    wanted = {"agent-hello": (f"您好，{city.words.line}，请讲。", city.words.line)}
    for name, matter in zip(("citizen-lamp", "citizen-manhole"), matters, strict=True):
        wanted[name] = matter.said, city.towns[matter.fields["place_town"]].name
    for name, (text, names_it) in wanted.items():
        recorded = names_it in said[name]
        spoken[name] = FOLDER / f"{name}.wav" if recorded else await voice.speak(text)
    return spoken


def _recorded() -> dict[str, str]:
    rows = tomllib.loads((FOLDER / "speech.toml").read_text("utf-8"))["speech"]
    return {Path(row["file"]).stem: row["text"] for row in rows}
