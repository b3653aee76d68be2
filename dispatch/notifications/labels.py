"""What people read of the ways by which somebody is notified."""

from collections.abc import Mapping

from core.city_words import WordedTable
from dispatch.notifications.office_link_models import LinkAction, LinkEnd
from dispatch.notifications.rules import AttemptOutcome, Audience, NotificationChannel, NotificationState

NOTIFICATION_CHANNELS: dict[NotificationChannel, str] = {
    NotificationChannel.SMS: "短信",
    NotificationChannel.EMAIL: "邮件",
    NotificationChannel.WECOM: "企业微信",
    NotificationChannel.DINGTALK: "钉钉",
    NotificationChannel.FEISHU: "飞书",
    NotificationChannel.WEBHOOK: "其他系统",
    NotificationChannel.MQTT: "车载终端",
}


AUDIENCES: Mapping[Audience, str] = WordedTable(
    {
        Audience.CITIZEN: "诉求人",
        Audience.OFFICE: "承办单位",
        Audience.UNIT: "{crew}",
        Audience.COORDINATOR: "{coordinator}",
        Audience.SUPERVISOR: "督查员",
        Audience.LEADER: "{area}领导",
    }
)


NOTIFICATION_STATES: Mapping[NotificationState, str] = {
    NotificationState.WAITING: "等待发送",
    NotificationState.HELD: "渠道没有设置",
    NotificationState.SENT: "已发出",
    NotificationState.DEAD: "发送失败",
    NotificationState.UNKNOWN: "可能已发出",
    NotificationState.EXPIRED: "过期未发",
    NotificationState.DROPPED: "不再发送",
}


ATTEMPT_OUTCOMES: Mapping[AttemptOutcome, str] = {
    AttemptOutcome.SENT: "发出",
    AttemptOutcome.FAILED: "没有成功",
    AttemptOutcome.UNKNOWN: "没有等到回应",
    AttemptOutcome.RESENT: "重新发送",
    AttemptOutcome.DROPPED: "不再发送",
}


LINK_ACTIONS: Mapping[LinkAction, str] = {
    LinkAction.OPENED: "打开",
    LinkAction.SENT_STEP: "提交办理",
    LinkAction.SENT_FILE: "上传文件",
    LinkAction.FETCHED_FILE: "查看附件",
}


LINK_ENDS: Mapping[LinkEnd, str] = {
    LinkEnd.REVOKED: "收回",
    LinkEnd.MOVED: "已转给其他单位",
    LinkEnd.CLOSED: "工单已结束",
}
