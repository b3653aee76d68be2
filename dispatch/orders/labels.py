"""What people read of orders: one Chinese word for each member of an enum, and the name of each field."""

from core.city_words import WordedTable
from dispatch.kinds import Channel, ContactWay, Disposition, Kind, NoPlace, Offence, ReturnReason, Urgency
from dispatch.orders.assignment_models import AssignmentPurpose, DispatchCallState
from dispatch.orders.sorting import ListSort
from dispatch.orders.work_queues import LATE, WorkQueue
from dispatch.workflow import Role, State

ROLES: dict[Role, str] = WordedTable(
    {
        Role.AGENT: "接线员",
        Role.COORDINATOR: "{coordinator}",
        Role.OFFICE: "承办单位",
        Role.UNIT: "{crew}",
        Role.SUPERVISOR: "督查员",
        Role.LEADER: "{area}领导",
        Role.ADMINISTRATOR: "系统管理员",
        Role.CITIZEN: "诉求人",
        Role.SYSTEM: "系统",
    }
)

STATES: dict[State, str] = {
    State.DRAFT: "待登记",
    State.ANSWERED: "当场答复",
    State.REGISTERED: "待派单",
    State.DISPATCHED: "已派单",
    State.ACCEPTED: "已签收",
    State.IN_PROGRESS: "办理中",
    State.REPLIED: "已回复",
    State.IN_REVIEW: "结果认定中",
    State.SENT_BACK: "退回重办",
    State.FOLLOW_UP: "待回访",
    State.CLOSED: "已办结",
    State.ESCALATED: "呈报批示",
    State.SUSPENDED: "承诺办理",
    State.MERGED: "已并单",
    State.INVALID: "无效",
    State.REOPENED: "重新办理",
}

KINDS: dict[Kind, str] = {
    Kind.CONSULTATION: "咨询",
    Kind.SUGGESTION: "建议",
    Kind.HELP: "求助",
    Kind.COMPLAINT: "投诉",
    Kind.REPORT: "举报",
    Kind.OTHER: "其他",
}

URGENCIES: dict[Urgency, str] = {Urgency.NORMAL: "一般", Urgency.URGENT: "加急", Urgency.EMERGENCY: "紧急"}


RETURN_REASONS: dict[ReturnReason, str] = {
    ReturnReason.NOT_OURS: "不属于本单位职责",
    ReturnReason.NOT_HERE: "不在本单位管辖范围",
    ReturnReason.ANOTHER_LEADS: "涉及多个单位，应由其他单位主办",
    ReturnReason.FACTS_DIFFER: "核实的情况与诉求不符，职责随之改变",
}

CONTACT_WAYS: dict[ContactWay, str] = {
    ContactWay.PHONE: "电话",
    ContactWay.VISIT: "上门、现场",
    ContactWay.MESSAGE: "短信、微信",
}

NO_PLACES: dict[NoPlace, str] = {
    NoPlace.UNCLEAR: "说不清",
    NoPlace.WITHHELD: "不愿说",
    NoPlace.NOWHERE: "无地点",
}

DISPOSITIONS: dict[Disposition, str] = {
    Disposition.SILENT: "无声电话",
    Disposition.WRONG_NUMBER: "打错电话",
    Disposition.PRANK: "骚扰、恶作剧",
    Disposition.ABUSIVE: "辱骂",
    Disposition.ASKED_PROGRESS: "只问以前的工单",
    Disposition.NOTHING_FURTHER: "没有另外的事",
}


CHANNELS: dict[Channel, str] = WordedTable(
    {
        Channel.HOTLINE: "{line_called}",
        Channel.WEB: "{web}",
        Channel.MAILBOX: "{mailbox}",
        Channel.WALK_IN: "来访",
        Channel.LETTER: "来信",
        Channel.OTHER_LINE: "其他热线、平台转来",
        Channel.UPPER_LEVEL: "上级交办",
        Channel.MEDIA: "媒体反映",
    }
)

FIELDS: dict[str, str] = WordedTable(
    {
        "kind": "诉求类型",
        "subject": "事项类别",
        "urgency": "紧急程度",
        "title": "标题",
        "matter": "诉求内容",
        "place_town": "{town}",
        "place": "地点",
        "no_place": "没有地点的原因",
        "happened_at": "发生时间",
        "cause": "起因",
        "latitude": "纬度",
        "longitude": "经度",
        "citizen_name": "诉求人姓名",
        "citizen_phone": "诉求人电话",
        "confidential": "要求保密",
        "lead_office_code": "主办单位",
        "co_office_codes": "协办单位",
        "unit_code": "{crew}",
        "reason": "理由",
        "note": "进展情况",
        "reason_code": "退单原因",
        "boundary": "职责依据",
        "suggested_office_code": "建议承办单位",
        "done": "办理情况",
        "public_answer": "公开答复",
        "found_true": "是否属实",
        "solved": "是否解决",
        "citizen_answered": "是否得到答复",
        "citizen_solved": "诉求人认为是否解决",
        "citizen_satisfied": "诉求人是否满意",
        "promised_at": "承诺办结时间",
        "merged_into": "并入的工单号",
        "instruction": "批示内容",
        "task": "协办内容",
        "due_at": "答复时限",
        "disposition": "来电处置",
        "addition": "补充内容",
        "message": "短信内容",
        "separate": "与已有工单不是同一件事",
        "article": "依据的知识库文章",
        "contact_way": "联系方式",
        "reached": "是否联系上",
        "contact_note": "联系情况",
    }
)


OFFENCES: dict[Offence, str] = WordedTable(
    {
        Offence.DELAYED: "能立即办的不立即办",
        Offence.NO_FULL_NOTICE: "不一次性告知，让群众多跑路",
        Offence.MADE_WAIT: "因工作疏忽让群众久等、再来",
        Offence.RUDE: "态度生冷硬",
        Offence.MADE_HARD: "故意刁难",
        Offence.PASSED_THE_BUCK: "推诿扯皮，让群众来回跑",
        Offence.WANTED_FAVOURS: "不给好处不办事",
        Offence.PROCEDURE_TOO_LONG: "程序繁琐，时间过长",
        Offence.BROKE_LIMIT: "超过承诺时限",
        Offence.WAITED_FOR_LEADER: "领导不批示就不办",
        Offence.LEFT_OLD_PROBLEM: "困难群众的老问题不见面、无方案、不上报",
        Offence.SAME_PROBLEM_AGAIN: "同一问题反复发生",
        Offence.EXPOSED: "被媒体曝光或举报查实",
        Offence.ILLEGAL_FEES: "违规收费",
        Offence.AGAINST_THE_SPIRIT: "其他违背“{motto}”精神的行为",
    }
)


def kind_words(kind: Kind, urgency: Urgency) -> str:
    """求助 with an emergency is published as 紧急求助."""
    return f"紧急{KINDS[kind]}" if urgency is Urgency.EMERGENCY else KINDS[kind]


WAITINGS: dict[WorkQueue, str] = {
    WorkQueue.TO_REGISTER: "待登记",
    WorkQueue.TO_DISPATCH: "待派单",
    WorkQueue.RETURN: "退单待决定",
    WorkQueue.RULING: "二次退单待裁定",
    WorkQueue.EXTENSION: "延期待审批",
    WorkQueue.REVIEW: "待认定",
    WorkQueue.INSTRUCTION: "待批示",
    WorkQueue.NOTE: "单位留言未读",
    WorkQueue.SUPERVISED: "督办待答复",
    WorkQueue.DUE_TODAY: "今天到期",
    WorkQueue.ACCEPT_OVERDUE: "超时未签收",
    WorkQueue.CONTACT_OVERDUE: "超时未联系",
    WorkQueue.FINISH_OVERDUE: "超时未办结",
}


SORTS: dict[ListSort, str] = {
    ListSort.NEWEST: "新的在前",
    ListSort.OLDEST: "早的在前",
    ListSort.LIMIT: "按时限（未办结）",
}


PRESSING = frozenset({WorkQueue.RETURN, WorkQueue.RULING, *LATE})
"""Queues shown in red."""


PURPOSES: dict[AssignmentPurpose, str] = {
    AssignmentPurpose.LEAD: "主办",
    AssignmentPurpose.ASSIST: "协办",
    AssignmentPurpose.CREW: "出勤",
}


DISPATCH_CALLS: dict[DispatchCallState, str] = {
    DispatchCallState.PLACING: "正在拨打",
    DispatchCallState.RINGING: "正在振铃",
    DispatchCallState.ANSWERED: "已接听",
    DispatchCallState.ACKNOWLEDGED: "已接听并按键确认",
    DispatchCallState.REFUSED: "已接听并按键表示不能前往",
    DispatchCallState.NO_ANSWER: "未接听或未确认",
    DispatchCallState.FAILED: "没有呼通",
}

ONLY_READ = "这张工单是原系统办结后转来的，只供查阅。诉求人又反映的，请新登记一件。"
