"""The words for those who may know a citizen, for what was done with accounts, and for what was refused."""

from access.accounts.log_models import AccountAction, Reason

DISCLOSURE_REASONS = ("联系诉求人核实情况", "上门处理前联系", "告知办理进展", "回访办理结果", "更正登记的姓名或号码")
"""Proposed to who wants to see a citizen; any other may be written."""


ACCOUNT_ACTIONS = {
    AccountAction.ADDED: "开通账号",
    AccountAction.CHANGED: "修改账号",
    AccountAction.PASSWORD_CHANGED: "本人修改密码",
    AccountAction.PASSWORD_RESET: "重设密码",
    AccountAction.CLOSED: "停用账号",
    AccountAction.REOPENED: "重新启用",
    AccountAction.SESSIONS_ENDED: "结束登录",
    AccountAction.PHONE_SHOWN: "查看话机密码",
}
REFUSAL_REASONS = {
    Reason.WRONG_PASSWORD: "密码不正确",
    Reason.UNKNOWN_NAME: "没有这个登录名",
    Reason.CLOSED_ACCOUNT: "账号已停用",
    Reason.TOO_MANY_FOR_NAME: "这个登录名尝试过多",
    Reason.TOO_MANY_FROM_ADDRESS: "这个地址尝试过多",
    Reason.TOO_MANY_IN_ALL: "登录尝试过多",
    Reason.TOO_MANY_AT_ONCE: "同时登录的人太多",
    Reason.FORGED_LINK: "链接不是本系统发出的",
    Reason.NOT_ALLOWED: "没有权限",
}
