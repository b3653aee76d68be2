"""What stands beside a voice note."""

import pytest

from web.orders.attachments.voice_notes import voice_words


@pytest.mark.parametrize(
    ("words", "made_by", "said"),
    [
        (None, "", "等待转写"),
        (None, "等待语音模型：尚未安装", "等待语音模型：尚未安装"),
        ("", "无法识别：录音文件已损坏。", "没有听出说话内容（无法识别：录音文件已损坏。）"),
        ("灯头 坏 了", "vosk-model-small-cn-0.22 sha256:12", "灯头 坏 了"),
    ],
)
def test_the_words_or_why_there_are_none(words: str | None, made_by: str, said: str) -> None:
    assert voice_words(words, made_by) == said


def test_words_of_a_demonstration_model_are_never_shown_without_the_warning() -> None:
    assert voice_words("灯头 坏 了", "demo-cn sha256:12").startswith("灯头 坏 了\n（演示模型转写")
