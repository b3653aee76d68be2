"""The recorded prompts of the sample city, put together as the exchange has them."""

from pathlib import Path

from dispatch.city.load import load_city
from ivr.voice.city_prompts import assemble_prompts, city_prompts, prompt_texts

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/city/qufu"


def of_the_sample_city(target: Path) -> Path:
    """Its prompts as the exchange has them, all recorded: nothing is spoken by machine."""
    common = ROOT / "deploy/prompts/zh"
    city = load_city(FOLDER)
    texts = prompt_texts(common, [(town.code, town.name) for town in city.towns.values()], city.words)
    assert texts is not None
    own = city_prompts(FOLDER, texts)
    assemble_prompts(common, texts, own.recorded, target)
    return target
