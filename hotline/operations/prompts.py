"""The prompts of this installation's city: put together for the exchange, made again, and checked."""

import asyncio
from collections.abc import Sequence

from core.errors import BadInput
from core.settings import Settings
from hotline.runtime.policy_in_force import policy_in_force
from ivr.voice.city_prompts import (
    CityPrompts,
    PromptTexts,
    assemble_prompts,
    city_prompts,
    keep_recordings,
    prompt_texts,
    speak_unrecorded,
)
from ivr.voice.voices import make_voice


def texts_of(settings: Settings) -> PromptTexts | None:
    """None: HOTLINE_PROMPTS names a folder that is complete as it is."""
    city = policy_in_force(settings).city
    towns = [(town.code, town.name) for town in city.towns.values()]
    return prompt_texts(settings.prompts, towns, city.words, city.number_prefix)


def put_together(settings: Settings) -> None:
    """Every prompt as this city says it, where the exchange looks for it."""
    if texts := texts_of(settings):
        own = city_prompts(settings.city, texts)
        spoken = asyncio.run(speak_unrecorded(texts, own, make_voice(settings)))
        assemble_prompts(settings.prompts, texts, {**own.recorded, **spoken}, settings.heard_prompts)


def look_at_prompts(settings: Settings) -> CityPrompts | None:
    texts = texts_of(settings)
    return city_prompts(settings.city, texts) if texts else None


async def make_own(settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """Have the voice (HOTLINE_SPEECH__VOICE_COMMAND, else espeak-ng) speak the city's prompts into its folder: those
    named, else all that are not recorded or say another text. Returns name → text. Raises BadInput, VoiceFailed."""
    texts = texts_of(settings)
    if texts is None:
        raise BadInput("HOTLINE_PROMPTS names a folder of your own: record there what its files are to say")
    if unknown := [name for name in names if name not in texts.of_city]:
        raise BadInput(f"no prompt of the city is called {', '.join(unknown)}. Fix: one of {', '.join(texts.of_city)}")
    now = city_prompts(settings.city, texts)
    wanted = {name: texts.of_city[name] for name in names or [*now.foreign, *now.unrecorded]}
    voice = make_voice(settings)
    keep_recordings(settings.city, {name: (await voice.speak(text), text) for name, text in wanted.items()})
    return wanted
