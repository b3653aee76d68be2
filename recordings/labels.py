"""What people read of recordings and transcripts: one Chinese word for each member."""

from core.city_words import WordedTable
from recordings.models import RecordingPart, RecordingState, Speaker, TranscriptState

RECORDING_STATES: dict[RecordingState, str] = {
    RecordingState.EXPECTED: "录音正在归档",
    RecordingState.SAVED: "录音已保存",
    RecordingState.FAILED: "录音缺失",
    RecordingState.DESTROYED: "录音已按保存期限销毁",
}


RECORDING_PARTS: dict[RecordingPart, str] = {
    RecordingPart.CONVERSATION: "通话录音",
    RecordingPart.MESSAGE: "留言录音",
    RecordingPart.CONSULTATION: "内部商议录音",
}


TRANSCRIPT_STATES: dict[TranscriptState, str] = {
    TranscriptState.WAITING: "等待转写",
    TranscriptState.RUNNING: "正在转写",
    TranscriptState.DONE: "已转写",
    TranscriptState.FAILED: "转写失败",
}


SPEAKERS: dict[Speaker, str] = WordedTable({Speaker.CALLER: "来电人", Speaker.CITY: "热线", Speaker.UNIT: "{crew}"})
