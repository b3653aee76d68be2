"""What people read of the ways by which somebody is notified."""

from dispatch.notifications.rules import NoticeChannel

NOTICE_CHANNELS: dict[NoticeChannel, str] = {
    NoticeChannel.SMS: "短信",
    NoticeChannel.EMAIL: "邮件",
    NoticeChannel.WECOM: "企业微信",
    NoticeChannel.DINGTALK: "钉钉",
    NoticeChannel.FEISHU: "飞书",
    NoticeChannel.WEBHOOK: "其他系统",
    NoticeChannel.MQTT: "车载终端",
}
