"""What an administrator reads of the installation's parts."""

from web.status.parts import PartCondition

PART_CONDITIONS: dict[PartCondition, str] = {
    PartCondition.FINE: "正常",
    PartCondition.WATCH: "注意",
    PartCondition.FAULT: "故障",
}

PROCESS_NAMES: dict[str, str] = {
    "line": "线路程序",
    "web": "网页程序",
    "live": "实时转写程序",
    "worker": "后台程序",
}

QUEUE_NAMES: dict[str, str] = {
    "records": "录音和日常工作",
    "notifications": "通知",
    "speech": "转写",
    "line": "电话",
    "control": "坐席的电话指令",
}
"""Of the durable jobs."""
