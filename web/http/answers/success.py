"""What was done is said, once, on the page that follows.

A form that succeeds is answered with a redirect; without this the next page would look as if nothing had happened.
The word for it travels in a cookie of some seconds that names an entry of `DONE`: nothing that somebody writes into it
is ever shown. Refused forms say themselves what is wrong.
"""

from collections.abc import Mapping

from aiohttp import web

from dispatch.steps.labels import STEPS
from dispatch.workflow import Step
from web.http.requests.addresses import over_https

COOKIE = "hotline_done"
SECONDS = 30
"""A slow page later it is no news any more."""
_SUCCESS = (web.HTTPSeeOther, web.HTTPFound)

DONE: Mapping[str, str] = {
    "submit_password": "密码已改好。",
    "submit_dial": "正在响您的电话，接听后接通来电人。",
    "submit_settle": "回电已办结。",
    "submit_acknowledge": "已确认收到。",
    "submit_disclose_order": "已显示，过后自动遮盖；查看已记录。",
    "submit_disclose_call": "已显示，过后自动遮盖；查看已记录。",
    "submit_approval_decision": "已记下您的决定。",
    "submit_ask_lift_secrecy": "已提交，等待另一人审批。",
    "submit_agent_state": "状态已改。",
    "submit_block": "已屏蔽。",
    "submit_block_decision": "已记下您的决定。",
    "submit_new_article": "文章已保存。",
    "submit_article": "已保存为新的一版。",
    "submit_article_report": "已告诉编辑。",
    "submit_article_settled": "已处理。",
    "submit_draw": "已抽取。",
    "submit_finding": "抽查结论已保存。",
    "submit_unit_alarm_seen": "已记下由您处理。",
    "submit_resend": "已排队，马上重新发送。",
    "submit_drop": "不再发送。",
    "submit_contacts_import": "联系方式已登记。",
    "submit_contact": "联系方式已登记。",
    "submit_remove_contact": "联系方式已停用。",
    "submit_check_contact": "测试已发出，结果稍后显示。",
    "submit_check_unit": "测试已发出，结果稍后显示。",
    "submit_reachability_alarms_seen": "已记下您知道了。",
    "submit_follow_up_call": "正在响您的电话，接听后接通诉求人。",
    "send_office_link": "链接已排队，马上发送。",
    "revoke_office_link": "链接已作废。",
    "submit_channel_test": "已测试，对方怎么答的看那个渠道的一行。",
    "submit_jobs_again": "失败的工作已重新排队。",
    "submit_backup_now": "备份已开始，做好后这里显示。",
    "submit_split": "已拆单。",
    "submit_note": "已留言。",
    "submit_link_note": "已留言。",
    "submit_read_notes": "已记为已阅。",
    "submit_absence": "已登记。期间的通知发给代办人。",
    "submit_absence_stand_in": "已换人。通知从现在起发给新的代办人。",
    "submit_city_version": "已保存。到生效时间，几秒内全系统按新的办。",
    "submit_city_take_back": "已撤回。",
    "submit_absence_end": "已结束，通知重新发给本人。",
    "new_order": "已新建，请填写并登记。",
    "submit_former": "已上传，正在读取。",
    "submit_former_columns": "各列已保存，请核对下面的对应。",
    "submit_former_check": "正在试算，什么都还没有转入。",
    "submit_former_takeover": "正在转入，可以离开这一页。",
    "submit_former_removal": "文件已删去，转入的工单都在。",
    "submit_filter": "筛选已保存。",
    "submit_forget": "筛选已删去。",
} | {
    f"{route}.{step}": f"已办好：{label}。"
    for route in ("submit_step", "submit_link_step")
    for step, label in STEPS.items()
}
"""The form's route, with the step where it takes one → what its success is called; of any other form `PLAIN`."""
PLAIN = "已办好。"
SAYS_ITSELF = frozenset(
    {
        "submit_sign_in", "sign_out", "submit_many", "desk_command", "desk_answer", "begin_practice", "submit_practice",
        "make_office_link_by_hand", "submit_contacts_look", "submit_follow_up_link", "submit_name_search",
    }
)  # fmt: skip
"""Forms whose answer, or whose next page, shows what came of them."""


def note_success(request: web.Request, route: str, response: web.StreamResponse) -> None:
    """Keep it for the page that the redirect leads to."""
    step = request.match_info.get("step", "")
    key = f"{route}.{step}" if step in set(Step) else route
    if isinstance(response, _SUCCESS) and key not in SAYS_ITSELF:
        response.set_cookie(
            COOKIE, key, max_age=SECONDS, httponly=True, samesite="Lax", secure=over_https(request), path="/"
        )


def success_of(request: web.Request) -> str:
    """What was just done; empty: nothing."""
    key = request.cookies.get(COOKIE, "")
    return DONE.get(key) or (PLAIN if key.isidentifier() and key.isascii() else "")


def forget_success(request: web.Request, response: web.StreamResponse) -> None:
    """It was said on this page."""
    if COOKIE in request.cookies:
        response.del_cookie(COOKIE, path="/")
