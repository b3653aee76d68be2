"""Texts by calendar on the real exchange, none of our program there when the caller rings."""

import asyncio
import datetime as dt
import itertools
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import clock
from core.clock import in_city
from core.errors import ConfigurationError
from core.sections.pbx import PbxSection
from core.sections.speech import SpeechSettings
from core.settings import Settings
from hotline.bridges.line.announcements import announcements_trouble, apply_announcements, apply_or_say_why_not
from ivr.voice.speech import VoiceFailed
from ivr.voice.voices import CommandVoice, make_voice
from telephony.pbx.announcements import PlannedAnnouncement, render_announcements
from tests.support.exchange import PROMPTS, Exchange, tone, until, write_wav
from tests.support.hearing import heard_seconds, pieces_heard
from web.status.line_parts import announcements_part
from web.status.parts import PartCondition

QUFU = Path(__file__).parents[3] / "deploy/city/qufu"
ANNOUNCEMENT, OTHER = 2500, 2700


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    folder = tmp_path_factory.mktemp("announcements")
    made = Exchange(folder)
    for name, hertz in (("announcement-one", ANNOUNCEMENT), ("announcement-two", OTHER)):
        write_wav(made.settings.prompts_directory / f"{name}.wav", tone(hertz, 0.6))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def settings(exchange: Exchange, tmp_path: Path) -> Settings:
    city = tmp_path / "city"
    shutil.copytree(QUFU, city)
    var = exchange.settings.directory.parent
    pbx = PbxSection(name=exchange.settings.systemname)
    opt = exchange.settings.tree_directory.parent
    return Settings(var=var, opt=opt, city=city, prompts=exchange.settings.prompts_directory, pbx=pbx)


def write(settings: Settings, *entries: tuple[str, str, int, int], more: str = "") -> None:
    """(name, recorded, from, to) in hours from now."""
    now = in_city(clock.now())
    rows = [
        f'[[announcement]]\nname = "{name}"\ntext = "示例"\nrecorded = "{recorded}"\nsource = "示例"\n'
        f"starts = {(now + dt.timedelta(hours=since)).isoformat()}\n"
        f"until = {(now + dt.timedelta(hours=to)).isoformat()}\n"
        for name, recorded, since, to in entries
    ]
    (settings.city / "announcements.toml").write_text(more + "\n".join(rows), "utf-8")


def heard(exchange: Exchange) -> list[str]:
    """What a caller hears up to being asked for a message, since nobody is signed in."""
    skip = exchange.begin()
    tones = {"greeting": PROMPTS["greeting"], "one": ANNOUNCEMENT, "two": OTHER, "message": PROMPTS["leave-message"]}
    with exchange.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        until(lambda: "message" in pieces_heard(call.heard(), tones), 20, "being asked for a message")
        call.hang_up()
        exchange.wait_over(skip)
    # An exchange that is short of processor time leaves holes in what it says: a piece is said again where more of it
    # was heard than it has.
    said = [name for name, _ in itertools.groupby(pieces_heard(call.heard(), tones))]
    for name in said:
        once = 0.6 if name in ("one", "two") else 1.0
        assert heard_seconds(call.heard(), tones[name]) < (said.count(name) + 0.5) * once, name
    return said


def apply(settings: Settings) -> None:
    asyncio.run(apply_announcements(settings))


def test_what_applies_now_is_said_after_the_greeting_and_nothing_else(exchange: Exchange, settings: Settings) -> None:
    write(settings, ("now", "announcement-one", -1, 1), ("later", "announcement-two", 1, 2))
    apply(settings)
    assert heard(exchange) == ["greeting", "one", "message"]
    write(settings, ("both", "announcement-two", -1, 1), ("now", "announcement-one", -1, 1))
    apply(settings)
    assert heard(exchange) == ["greeting", "two", "one", "message"]
    write(settings, ("over", "announcement-one", -2, -1))
    apply(settings)
    assert heard(exchange) == ["greeting", "message"]
    assert announcements_trouble(settings, clock.now()) == ""


def test_a_sound_that_is_lost_costs_its_words_and_not_the_call(exchange: Exchange, settings: Settings) -> None:
    write(settings, ("now", "announcement-one", -1, 1))
    apply(settings)
    for sound in (settings.var / "pbx/announcements").glob("*.wav"):
        sound.unlink()
    assert heard(exchange) == ["greeting", "message"]


def test_a_mistake_in_the_file_changes_nothing_and_is_found(exchange: Exchange, settings: Settings) -> None:
    write(settings, ("now", "announcement-one", -1, 1))
    apply(settings)
    write(settings, ("wrong", "announcement-two", 1, -1))
    asyncio.run(apply_or_say_why_not(settings))
    assert heard(exchange) == ["greeting", "one", "message"]
    with pytest.raises(ConfigurationError, match="until 要晚于 starts"):
        announcements_trouble(settings, clock.now())
    write(settings, ("gone", "announcement-three", -1, 1))
    with pytest.raises(ConfigurationError, match="没有文件"):
        apply(settings)
    assert "has changed since" in announcements_trouble(settings, clock.now())


def test_one_with_a_wrong_sound_is_left_out_and_named_and_the_others_are_said(
    exchange: Exchange, settings: Settings
) -> None:
    folder = exchange.settings.prompts_directory
    (folder / "announcement-broken.wav").write_bytes(b"no sound")
    write_wav(folder / "announcement-long.wav", tone(OTHER, 9))
    write(settings, *((name, f"announcement-{name}", -1, 1) for name in ("gone", "broken", "long", "one")))
    asyncio.run(apply_or_say_why_not(settings))
    assert heard(exchange) == ["greeting", "one", "message"]
    (part,) = asyncio.run(announcements_part(settings))
    assert part.condition is PartCondition.FAULT
    named = ("gone 写明用录音", "broken 的录音打不开", "long 念完要9.0秒")
    assert all(words in part.technical for words in named)
    assert all(words in announcements_trouble(settings, clock.now()) for words in named)
    write(settings, ("one", "announcement-one", -1, 1))
    asyncio.run(apply_or_say_why_not(settings))
    (part,) = asyncio.run(announcements_part(settings))
    assert part.condition is PartCondition.FINE
    assert announcements_trouble(settings, clock.now()) == ""
    write(settings, ("wrong", "announcement-two", 1, -1))
    asyncio.run(apply_or_say_why_not(settings))
    (part,) = asyncio.run(announcements_part(settings))
    assert "until 要晚于 starts" in part.technical


def test_a_plan_that_nobody_renews_is_found(exchange: Exchange, settings: Settings) -> None:
    write(settings, ("now", "announcement-one", -1, 1), more="days_ahead = 60\n")
    apply(settings)
    assert "ends at" in announcements_trouble(settings, clock.now() + dt.timedelta(days=54))


def test_the_longest_plan_is_read_in_no_time(exchange: Exchange) -> None:
    now = clock.now()
    sound = exchange.settings.prompts_directory / "announcement-one.wav"
    plan = [
        PlannedAnnouncement(now + dt.timedelta(hours=hour), now + dt.timedelta(hours=hour + 1), (sound,), "x")
        for hour in range(-800, 0)
    ]
    exchange.settings.etc.joinpath("announcements.conf").write_text(render_announcements(plan, "long"))
    exchange.process.rx("dialplan reload")
    assert heard(exchange) == ["greeting", "message"]


def test_another_engine_speaks_where_the_settings_name_one(tmp_path: Path) -> None:
    speaks = "import sys, wave; w = wave.open(sys.stdout.buffer, 'wb'); w.setparams((1, 2, 8000, 0, 'NONE', ''))"
    speaks += "; w.writeframes(b'\\x00\\x40\\x00\\xc0' * 200 * len(sys.stdin.buffer.read().decode()))"
    voice = CommandVoice((sys.executable, "-c", speaks), tmp_path)
    first = asyncio.run(voice.speak("您好"))
    assert first.stat().st_size > 1000
    assert asyncio.run(voice.speak("您好")) == first
    settings = Settings(speech=SpeechSettings(voice_command=(sys.executable, "-c", "raise SystemExit('no voice')")))
    with pytest.raises(VoiceFailed, match="no voice"):
        asyncio.run(make_voice(settings.model_copy(update={"var": tmp_path})).speak("您好"))
