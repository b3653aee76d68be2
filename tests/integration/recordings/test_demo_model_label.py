"""The demonstration model is called what it is wherever it is met; one command puts the official one in its place."""

import asyncio
import hashlib
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.settings import Settings
from hotline.cli.models import models
from hotline.operations.doctor import examine
from recordings.recognition.engine import Engine
from recordings.recognition.speech_models import find_model, find_named_model, for_demonstration

OFFICIAL = "vosk-model-small-cn-0.22"
WARNING = "仅供演示和测试，由合成语音训练，不用于真实来电"
ROOT = Path(__file__).parents[3]


def in_use(settings: Settings) -> str:
    """The marked line of `hotline models list`."""
    shown = CliRunner().invoke(models, ["list"], obj=settings, catch_exceptions=False).output
    return next(line for line in shown.splitlines() if line.startswith("▶"))


def doctors_word(settings: Settings) -> str:
    return next(one.detail for one in asyncio.run(examine(settings)) if one.what == "speech model")


async def label(settings: Settings) -> str:
    """As it is stored with each transcript, shown in pages and given by the API."""
    loaded = await Engine(settings).load()
    assert loaded is not None
    return loaded.label


@pytest.mark.parametrize("file", ["README.md", "speech/model-cn-demo/README.md"])
def test_whoever_reads_about_the_model_is_warned(file: str) -> None:
    assert "trained on synthetic voices, not for real callers" in (ROOT / file).read_text("utf-8")


def test_whoever_reads_about_it_in_chinese_is_warned() -> None:
    assert WARNING in (ROOT / "README.zh-CN.md").read_text("utf-8")


def test_whether_a_transcript_is_for_demonstration_is_told_by_its_model() -> None:
    assert for_demonstration("demo-cn sha256:12")
    assert not for_demonstration("vosk-model-small-cn-0.22 sha256:12")
    assert not for_demonstration(None)


def test_one_command_puts_the_official_model_in_its_place_and_the_warning_goes(
    tmp_path: Path, database_url: str
) -> None:
    """The official one's content cannot be had here: under its name and from a zip comes the repository's own."""
    settings = Settings(var=tmp_path / "var", database_url=database_url)
    assert in_use(settings).startswith("▶ demo-cn")
    assert WARNING in in_use(settings)
    assert WARNING in doctors_word(settings)
    assert f"hotline models install {OFFICIAL}" in doctors_word(settings)

    brought = bring_zip(settings, tmp_path)
    done = CliRunner().invoke(models, ["install", OFFICIAL, "--file", str(brought)], obj=settings)
    assert done.exit_code == 0, done.output

    assert in_use(settings).startswith(f"▶ {OFFICIAL}")
    for said in (in_use(settings), doctors_word(settings)):
        assert "演示" not in said
        assert "合成" not in said
        assert "real callers" not in said


async def test_transcripts_of_the_official_model_carry_its_name_and_no_warning(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert for_demonstration(await label(settings))
    demo = find_named_model(settings, "demo-cn")
    assert demo is not None
    assert demo.word_ends_early_seconds > 0
    shutil.copytree(demo.path, settings.models / OFFICIAL)
    made_by = await label(settings)
    assert made_by.startswith(OFFICIAL)
    assert not for_demonstration(made_by)
    official = find_model(settings)
    assert official is not None
    assert official.word_ends_early_seconds == 0, "the demonstration model's own fault is not put right in another"


def bring_zip(settings: Settings, folder: Path) -> Path:
    """With a catalogue of the deployment's own that knows its hash."""
    whole = folder / "whole" / OFFICIAL
    shutil.copytree(ROOT / "speech/model-cn-demo", whole)
    made = Path(shutil.make_archive(str(folder / "brought"), "zip", whole.parent, OFFICIAL))
    settings.models.mkdir(parents=True)
    (settings.models / "catalogue.toml").write_text(
        f"""[[models]]
name = "{OFFICIAL}"
kind = "download"
title = "Vosk 官方中文小模型（约 44 MB，普通服务器可用）"
language = "zh"
automatic = true
url = "http://127.0.0.1:9/never-asked.zip"
sha256 = "{hashlib.sha256(made.read_bytes()).hexdigest()}"
""",
        "utf-8",
    )
    return made
