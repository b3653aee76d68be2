"""What people read of a former system's orders."""

from core.city_words import WordedTable
from dispatch.former.fields import FormerField
from dispatch.former.models import FileState, RowOutcome

FORMER_FIELDS: dict[FormerField, str] = WordedTable(
    {
        FormerField.NUMBER: "原系统编号",
        FormerField.STATE: "办理状态",
        FormerField.RECEIVED_AT: "受理时间",
        FormerField.CLOSED_AT: "办结时间",
        FormerField.TITLE: "标题",
        FormerField.MATTER: "诉求内容",
        FormerField.CITIZEN_NAME: "诉求人姓名",
        FormerField.CITIZEN_PHONE: "诉求人电话",
        FormerField.CONFIDENTIAL: "要求保密",
        FormerField.KIND: "诉求类型",
        FormerField.SUBJECT: "事项类别",
        FormerField.CHANNEL: "来源",
        FormerField.URGENCY: "紧急程度",
        FormerField.TOWN: "{town}",
        FormerField.PLACE: "地点",
        FormerField.OFFICE: "主办单位",
        FormerField.DISPATCHED_AT: "派单时间",
        FormerField.REPLIED_AT: "回复时间",
        FormerField.HAPPENED_AT: "发生时间",
        FormerField.DONE: "办理情况",
        FormerField.PUBLIC_ANSWER: "公开答复",
        FormerField.NOTE: "照原样留在办理经过里",
    }
)

FILE_STATES: dict[FileState, str] = {
    FileState.READING: "正在读取",
    FileState.UNREADABLE: "读不出来",
    FileState.MAPPING: "等待核对各列",
    FileState.CHECKING: "正在试算",
    FileState.CHECKED: "已试算，没有转入",
    FileState.TAKING_OVER: "正在转入",
    FileState.DONE: "已转入",
}

ROW_OUTCOMES: dict[RowOutcome, str] = {
    RowOutcome.NEW: "可以转入",
    RowOutcome.TAKEN: "已转入",
    RowOutcome.KNOWN: "以前转入过，不重复",
    RowOutcome.CHANGED: "以前转入过，内容变了，没有改",
    RowOutcome.UNFINISHED: "原系统没有办完，不转入",
    RowOutcome.WRONG: "有问题，不转入",
    RowOutcome.HEAD: "重复的列名，跳过",
}
