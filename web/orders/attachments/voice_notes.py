"""A voice note's words as people read them, wherever they stand: what was heard, or why nothing is there. Pure."""

from recordings.recognition.speech_models import for_demonstration

DEMONSTRATION = "（演示模型转写：该模型由合成语音训练，不能用于真实来电，请以录音为准）"


def voice_words(words: str | None, made_by: str) -> str:
    """`words` and `words_model` of an attachment of kind voice."""
    if words is None:
        return made_by or "等待转写"
    if not words:
        return f"没有听出说话内容（{made_by}）"
    return f"{words}\n{DEMONSTRATION}" if for_demonstration(made_by) else words
