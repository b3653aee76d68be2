"""运行状态: what an administrator reads when a part is down, with the parts that are down."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar
from aiohttp.test_utils import TestServer
from sqlalchemy import delete, select, text

from core import clock
from core.database import make_engine, make_sessions, transaction
from core.jobs import Job, defer
from core.sections.backup import BackupSettings
from core.sections.notifications import NotificationsSettings
from dispatch.notifications.models import ChannelTest
from dispatch.notifications.rules import NotificationChannel
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from telephony.ami.status import ManagerState
from telephony.monitoring.models import BackupRun, LineHeart, PhoneRegistration, ProcessHeart
from telephony.monitoring.processes import BackupKind
from tests.support.database_road import database_road
from tests.support.gateways import http_gateway
from tests.support.sample import ACCOUNTS
from tests.support.web_rig import WebRig
from web.app import make_app
from web.http import routes
from web.http.context import AppContext
from web.status import parts

PAGE = "/admin/status"
NUMBER = "13900001234"


def row(page: str, name: str) -> str:
    """The row of one part: its state and its words."""
    found = re.search(rf'<tr id="[^"]*"><th scope="row">{re.escape(name)}</th>(.*?)</tr>', page, re.DOTALL)
    assert found, f"{name} is not in {re.findall('scope=.row.>(.*?)<', page)}"
    state = re.search(r'class="status-chip (\w+)"', found[1])
    assert state
    return f"{state[1]} {found[1]}"


async def seen(rig: WebRig, path: str = PAGE) -> str:
    answer = await rig.ask(Role.ADMINISTRATOR, "GET", path)
    assert answer.status == 200
    return await answer.text()


async def test_only_administrators_read_it(web_rig: WebRig) -> None:
    for role in set(ACCOUNTS) - {Role.ADMINISTRATOR}:
        assert (await web_rig.ask(role, "GET", PAGE)).status == 403
    assert (await web_rig.ask(None, "GET", PAGE)).status == 303
    assert f'href="{PAGE}"' in await seen(web_rig)


async def test_where_nothing_runs_each_part_says_so_and_what_to_do(web_rig: WebRig) -> None:
    page = await seen(web_rig)
    for name in ("交换机", "线路程序", "网页程序", "后台程序", "实时转写程序"):
        assert row(page, name).startswith("fault"), name
        assert "请维护人员" in row(page, name), name
    assert row(page, "数据库").startswith("fine")
    assert row(page, "线路巡检").startswith("watch")
    assert "先恢复线路程序" in row(page, "电话")
    assert "HOTLINE_NOTIFICATIONS__SMS_URL" in row(page, "没有设置的渠道")
    assert "没有设置自动备份" in row(page, "备份")
    assert "一直保存" in row(page, "保存期限")
    assert re.search("[0-9]+处故障.*交换机", page)


async def test_what_runs_is_shown_with_since_when_and_by_what_it_works(web_rig: WebRig) -> None:
    now = clock.now()
    pbx, sessions = web_rig.context.settings.pbx.name, web_rig.context.sessions
    common = {
        "host": "machine", "started_at": now, "seen_at": now, "release": "1.0", "city_version": "qufu",
        "city_since": now, "city_refused": "", "model": "", "disk_folder": "/var/x", "disk_free_bytes": 50 << 30,
    }  # fmt: skip
    async with transaction(sessions) as session:
        session.add(LineHeart(
            pbx=pbx, manager_state=ManagerState.CONNECTED, since=now, detail="Asterisk", cel_read_at=now,
            cel_backlog_bytes=0, unfolded_facts=0, started_at=now, seen_at=now,
        ))  # fmt: skip
        session.add_all(
            ProcessHeart(pid=pid, part=part, **common | more)
            for pid, part, more in (
                (1, "web", {}), (2, "line", {}), (3, "live", {"model": "demo-cn sha256:0123"}),
                (4, "worker", {"seen_at": now - dt.timedelta(minutes=3)}), (5, "worker", {}),
            )
        )  # fmt: skip
        session.add(PhoneRegistration(pbx=pbx, name="1001-web", present=True, word="not_in_use", since=now))
        session.add(PhoneRegistration(pbx=pbx, name="unit-01", present=True, word="not_in_use", since=now))
        session.add(BackupRun(kind=BackupKind.MADE, at=now, folder="/mnt/b", failure="", files=7, size_bytes=1 << 30))
    page = await seen(web_rig)
    assert row(page, f"线路程序（{pbx}）").startswith("fine")
    assert "浏览器电话在线" in row(page, "分机 1001（" + ACCOUNTS[Role.AGENT]["display_name"] + "）")
    assert "不在线" in row(page, "直通车的值班电话")
    assert 'scope="row">接线员<' not in page
    assert row(page, "后台程序").startswith("fine"), "one of the two lives"
    assert "demo-cn sha256:0123" in page
    assert "50 GB" in row(page, "磁盘（machine）")
    assert "7个文件" in row(page, "备份")

    async with transaction(sessions) as session:
        await session.execute(text("UPDATE processes SET city_refused = 'limits.toml 第3行' WHERE part = 'line'"))
        await session.execute(text("UPDATE processes SET release = '1.1' WHERE part = 'web'"))
        await session.execute(text("UPDATE processes SET disk_free_bytes = 2000000000"))
        await session.execute(text("UPDATE lines SET seen_at = seen_at - interval '1 hour'"))
        await session.execute(text("UPDATE processes SET seen_at = seen_at - interval '1 hour' WHERE part = 'worker'"))
        await session.execute(text("UPDATE accounts SET role = 'leader' WHERE role = 'agent'"))
    page = await seen(web_rig)
    async with transaction(sessions) as session:
        await session.execute(
            text("UPDATE accounts SET role = 'agent' WHERE role = 'leader' AND extension IS NOT NULL")
        )
    assert "没有人接" in row(page, "接线员")
    assert "撤回最近一次修改" in row(page, "线路程序")
    assert "limits.toml 第3行" in row(page, "线路程序")
    assert "不是同一版" in row(page, "网页程序")
    assert row(page, "磁盘（machine）").startswith("fault")
    assert row(page, "后台程序").startswith("fault")
    assert "线路程序没有消息" in row(page, f"线路程序（{pbx}）")
    async with transaction(sessions) as session:
        for model in (ProcessHeart, LineHeart, PhoneRegistration, BackupRun):
            await session.execute(delete(model))


async def test_failed_work_is_counted_and_done_again_but_no_call_of_yesterday_rings(web_rig: WebRig) -> None:
    sessions = web_rig.context.sessions
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
        await defer(session, Job("recordings.archive", queue="records", arguments={"linkedid": "none"}))
        await defer(session, Job("calls.call_unit", queue="line", arguments={"assignment_id": 0}))
        await session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    page = await seen(web_rig)
    assert "1件多次没有做成" in row(page, "队列：录音和日常工作")
    assert "不用重做" in row(page, "队列：电话")
    answer = await web_rig.ask(Role.ADMINISTRATOR, "POST", f"{PAGE}/jobs", headers={"Origin": web_rig.url})
    assert answer.status == 303
    async with sessions() as session:
        found = await session.execute(text("SELECT queue_name, status::text FROM procrastinate_jobs"))
        assert {name: status for name, status in found} == {"records": "todo", "line": "failed"}
    async with transaction(sessions) as session:
        await session.execute(text("UPDATE procrastinate_events SET at = at - interval '1 hour'"))
        await session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '1 hour'"))
    assert "最早的已等了1小时" in row(await seen(web_rig), "队列：录音和日常工作")
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))


@pytest.fixture
async def gateway_rig(web_rig: WebRig, policy: Policy) -> AsyncIterator[tuple[WebRig, Any]]:
    """The same screens with an SMS gateway, and with a folder for backups."""
    async with http_gateway() as gateway:
        notifications = NotificationsSettings(sms_url=f"{gateway.url}/sms", sms_success="code=0", timeout_seconds=2)
        settings = web_rig.context.settings.model_copy(
            update={"notifications": notifications, "backup": BackupSettings(folder="/mnt/backup")}
        )
        context = replace(web_rig.context, settings=settings, holder=PolicyHolder(policy))
        server = TestServer(make_app(context))
        await server.start_server()
        async with ClientSession(cookie_jar=DummyCookieJar()) as client:
            url = str(server.make_url("/")).rstrip("/")
            yield WebRig(context, web_rig.sample, url, client, web_rig.tokens), gateway
        await server.close()


async def press(rig: WebRig, path: str, **typed: str) -> tuple[int, str]:
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=typed, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def test_one_message_goes_through_the_real_channel_and_the_gateways_answer_is_read(
    gateway_rig: tuple[WebRig, Any],
) -> None:
    rig, gateway = gateway_rig
    assert "还没有发过" in row(await seen(rig), "渠道：短信")
    gateway.body = {"code": 0, "msg": "已提交"}
    assert (await press(rig, f"{PAGE}/test", channel="sms", address=NUMBER))[0] == 303
    assert [sent["to"] for sent in gateway.got] == [NUMBER]
    assert "联络测试" in gateway.got[0]["text"]
    line = row(await seen(rig), "渠道：短信")
    assert line.startswith("fine")
    assert "已提交" in line
    assert "139****1234" in line
    assert NUMBER not in line

    gateway.body = {"code": 7, "msg": "签名未报备"}
    await press(rig, f"{PAGE}/test", channel="sms", address=NUMBER)
    line = row(await seen(rig), "渠道：短信")
    assert line.startswith("fault")
    assert "签名未报备" in line
    status, page = await press(rig, f"{PAGE}/test", channel="sms", address="not a number")
    assert (status, "请填写11位手机号" in page) == (422, True)
    status, page = await press(rig, f"{PAGE}/test", channel="mqtt", address="x")
    assert (status, "没有设置" in page) == (422, True)
    assert (await press(rig, f"{PAGE}/test", channel="pigeon", address="x"))[0] == 422
    assert len(gateway.got) == 2


async def test_tests_are_bounded_and_each_is_stored_before_it_is_sent(gateway_rig: tuple[WebRig, Any]) -> None:
    rig, gateway = gateway_rig
    now = clock.now()
    async with transaction(rig.context.sessions) as session:
        await session.execute(delete(ChannelTest))
        session.add_all(
            ChannelTest(
                channel=NotificationChannel.SMS,
                address="x",
                by_account_id=1,
                by_name="示例",
                at=now,
                done=True,
                result="",
            )
            for _ in range(19)
        )
    gateway.silent = True
    await press(rig, f"{PAGE}/test", channel="sms", address=NUMBER)
    async with rig.context.sessions() as session:
        last = await session.scalar(select(ChannelTest).order_by(ChannelTest.id.desc()).limit(1))
    assert last is not None
    assert (last.address, last.done) == ("139****1234", False)
    assert "连接中断" in last.result
    status, page = await press(rig, f"{PAGE}/test", channel="sms", address=NUMBER)
    assert (status, "过一会儿再测" in page) == (422, True)
    assert len(gateway.got) == 1


async def test_a_backup_is_asked_for_once_and_a_failed_one_is_a_fault(gateway_rig: tuple[WebRig, Any]) -> None:
    rig, _ = gateway_rig
    async with transaction(rig.context.sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
    for _ in range(2):
        assert (await press(rig, f"{PAGE}/backup"))[0] == 303
    async with transaction(rig.context.sessions) as session:
        found = await session.execute(text("SELECT task_name FROM procrastinate_jobs"))
        assert [name for (name,) in found] == ["backups.make"]
        await session.execute(text("DELETE FROM procrastinate_jobs"))
        now = clock.now()
        for days, failure in ((3, ""), (1, "No space left on device")):
            at = now - dt.timedelta(days=days)
            session.add(BackupRun(kind=BackupKind.MADE, at=at, folder="/b", failure=failure, files=1, size_bytes=1))
            await session.flush()
    line = row(await seen(rig), "备份")
    assert line.startswith("fault")
    assert "No space left on device" in line
    assert "上次成功" in line
    assert "下一次" in line
    async with transaction(rig.context.sessions) as session:
        await session.execute(delete(BackupRun))


async def test_it_is_read_while_the_database_is_gone_or_says_nothing_by_who_was_there_before(
    web_rig: WebRig, database_url: str, policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = web_rig.context
    # What is bounded by four seconds need not be waited for so long here.
    monkeypatch.setattr(parts, "PART_SECONDS", 2)
    monkeypatch.setattr(routes, "RECOGNISED_SECONDS", 2)
    headers = {"Authorization": f"Bearer {await web_rig.token(Role.ADMINISTRATOR)}"}
    strange = {"Authorization": "Bearer " + "x" * 43}
    for how in ("gone", "silent"):
        folder = tmp_path / how
        folder.mkdir()
        async with database_road(database_url, folder) as road:
            engine = make_engine(road.url)
            app = make_app(AppContext(there.settings, make_sessions(engine), there.bus, PolicyHolder(policy)))
            server = TestServer(app)
            await server.start_server()
            async with ClientSession(cookie_jar=DummyCookieJar()) as client:

                async def ask(headers: dict[str, str]) -> tuple[int, str]:
                    async with asyncio.timeout(60):
                        url = server.make_url(PAGE)  # noqa: B023 - called within this round
                        async with client.get(url, headers=headers, allow_redirects=False) as answer:
                            return answer.status, await answer.text()

                with monkeypatch.context() as patient:
                    # However slow the machine is: this time the database is there.
                    patient.setattr(parts, "PART_SECONDS", 30)
                    patient.setattr(routes, "RECOGNISED_SECONDS", 30)
                    assert (await ask(headers))[0] == 200
                await road.close() if how == "gone" else road.stop()
                status, page = await ask(headers)
                assert status == 200, how
                line = row(page, "数据库")
                assert line.startswith("fault")
                assert "没有回应" in line
                assert "现在看不到" in row(page, "渠道")
                assert "交换机没有运行" in row(page, "交换机的设置")
                assert (await ask(strange))[0] == 503, "a stranger reads nothing"
            await server.close()
            road.stop()
            await engine.dispose()
