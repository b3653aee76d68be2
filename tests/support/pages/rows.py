"""Rows for every list and every page of an installation that holds the sample day already.

Orders, calls to crews, follow-ups and returns are made by the product's own steps; what is only a record of somebody's
looking, trying or pressing is stored as it would have been.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from access.accounts.models import Account
from access.visibility.disclosure_models import Disclosure
from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from core.numbers.phone import number_key
from dispatch.assignments.crew_search import crew_searches_of
from dispatch.assignments.crew_search_rules import CrewSearchState
from dispatch.callbacks.models import Callback
from dispatch.callbacks.rules import CallbackState
from dispatch.crews.models import UnitStatusChange
from dispatch.crews.rules import UnitStatus
from dispatch.follow_up.models import FollowUp
from dispatch.follow_up.rules import FollowUpState
from dispatch.jobs.search_crews import continue_search
from dispatch.notifications.models import Notification
from dispatch.notifications.office_links import LINK_PATH, make_link_by_hand
from dispatch.notifications.rules import Audience, NotificationState
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.practice.models import PracticeRun
from dispatch.steps.internal_notes import write_note
from dispatch.steps.take import find_order
from dispatch.supervision.spot_checks import draw_spot_check
from dispatch.workflow import Role, Step
from knowledge.samples import import_samples, load_samples
from recordings.archive.models import HowHeard, Listening
from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from telephony.blocking.models import Block
from telephony.calls.call_state import CallState, Outcome
from telephony.calls.models import Call, Leg
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.attachments import send
from tests.support.calls import draft
from tests.support.file_samples import photo
from tests.support.former_export import HEADS, as_csv, former_rows
from tests.support.former_files import tried, upload
from tests.support.orders import EVASIVE, fill_in, make_reviewed, register, take
from tests.support.past_orders import closed
from tests.support.sample import ACCOUNTS, COORDINATOR, LAMPS, REPLY
from tests.support.web_rig import QUFU, WebRig

SUPERVISOR = Actor(5, Role.SUPERVISOR, "许示例")
TITLES = (
    "路灯不亮",
    "春秋路小学门口斑马线旁边的路灯从上星期开始一到放学时间就不亮，接送孩子的家长很多，看不清路面，希望尽快维修并告知修好的时间",
    "https://example.invalid/" + "x" * 90,
    "鼓楼大街北段三盏路灯闪烁",
    "电缆外露",
)
LONG = (
    "来电人说这一段路一共有七根灯杆，其中三根歪斜、两根没有灯罩，每逢下雨就跳闸；社区去年报过一次，当时说列入计划，至今没有动静。"
    "附近有一所小学和一家养老院，晚上七点以后几乎完全黑着，上周五有一位老人在台阶上摔倒。希望先把最危险的两根扶正，"
    "再说明什么时候全部换新。"
)


async def fill(rig: WebRig, times: int) -> dict[str, tuple[str, ...]]:
    """`times` rows in each list, at least; what may then stand in an address."""
    rows = _Rows(rig, times, clock.now())
    return await rows.all()


@dataclass
class _Rows:
    rig: WebRig
    times: int
    at: dt.datetime

    async def all(self) -> dict[str, tuple[str, ...]]:
        sample = self.rig.sample
        reviewed = await self.reviewed()
        returned = await self.returned()
        await self.history(sample.lamp)
        await self.orders()
        await self.alarms()
        await self.asked()
        await self.hall()
        await self.crew_day()
        await self.looks(sample.lamp)
        await self.asked_back()
        await self.rules_of_people()
        await self.former_files()
        await self.hang_up()
        numbers = (sample.lamp, sample.fresh, sample.done, sample.secret, reviewed, returned)
        talking = "qufu-110.1"
        return {
            "number": numbers,
            "linkedid": (sample.linkedid, talking),
            "name": ("agent1",),
            "kind": ("office",),
            "file": ("offices.csv", "calendar.toml", "limits.toml", "duties.csv"),
            "code": ("street-lighting", "unit-01"),
            "id": ("1",),
            "token": (await self.office_link(sample.lamp),),
            "follow_up": (await self.follow_up_link(),),
        }

    async def crew_day(self) -> None:
        """Of one crew, since midnight or the last hours, whichever is longer."""
        order_id = select(Order.id).where(Order.number == self.rig.sample.lamp).scalar_subquery()
        ladder = (UnitStatus.FREE, UnitStatus.ACCEPTED, UnitStatus.ON_THE_WAY, UnitStatus.THERE)
        async with transaction(self.rig.context.sessions) as session:
            for number in range(self.times):
                at = self.at - dt.timedelta(minutes=20 * (self.times - number))
                status = ladder[number % len(ladder)]
                values = {"order_id": None if status is UnitStatus.FREE else order_id, "at": at, "received_at": at}
                row = {"unit_code": "unit-01", "status": status, "person": "孔示例", **values}
                await session.execute(insert(UnitStatusChange).values(row))

    # ── orders ───────────────────────────────────────────────────────────────────────────────────────────────

    async def orders(self) -> None:
        """In a state each, so that every queue has some."""
        ways = (("street-lamp", "help"), ("manhole", "help"), ("noise", "complaint"), ("dog", "complaint"))
        subjects = [way for way in ways if way[0] in self.rig.context.city.subjects] or [("street-lamp", "help")]
        for number in range(self.times):
            subject, kind = subjects[number % len(subjects)]
            await register(
                self.rig, f"qufu-3{number:03}.1", title=TITLES[number % len(TITLES)], subject=subject, kind=kind,
                matter=LONG if number % 2 else "路灯不亮", citizen_name="孔示例",
            )  # fmt: skip
        for number in range(max(self.times // 4, 1)):
            past = self.at - dt.timedelta(days=33 + number)
            await closed(self.rig.context.sessions, self.rig.context.policy, past, title=TITLES[number % len(TITLES)])
        for number in range(max(self.times // 4, 1)):
            await draft(self.rig, f"qufu-4{number:03}.1", f"1390000{number:04}", title=TITLES[number % len(TITLES)])

    async def former_files(self) -> None:
        """The first was tried, and some of its rows are left out; the next wait for a person."""
        context, name = self.rig.context, ACCOUNTS[Role.ADMINISTRATOR]["name"]
        async with context.sessions() as session:
            account = (await session.scalars(select(Account).where(Account.name == name))).one()
        actor = Actor(account.id, Role.ADMINISTRATOR, account.display_name)
        rows = former_rows(5 * self.times)
        rows[0][HEADS.index("来电时刻")] = "前天下午"
        rows[-1][HEADS.index("诉求正文")] = LONG
        await tried(context.sessions, lambda: context.city, as_csv(rows), "旧平台", actor)
        for number in range(1, self.times):
            await upload(context.sessions, lambda: context.city, as_csv(rows), f"旧平台{number}", actor)

    async def hang_up(self) -> None:
        """All but some of the calls that drafts were begun in."""
        async with transaction(self.rig.context.sessions) as session:
            begun = (
                select(Call.linkedid)
                .where(Call.ended_at.is_(None), Call.linkedid.like("qufu-9%"))
                .offset(self.times // 8)
            )
            over = {"state": CallState.ENDED, "outcome": Outcome.ANSWERED, "ended_at": self.at}
            await session.execute(update(Call).where(Call.linkedid.in_(begun)).values(**over))
            begun = select(Call.linkedid).where(Call.ended_at.is_(None), Call.linkedid.like("qufu-4%"))
            await session.execute(update(Call).where(Call.linkedid.in_(begun)).values(**over))
            await session.execute(
                update(Leg)
                .where(
                    Leg.linkedid.in_(select(Call.linkedid).where(Call.ended_at.is_not(None))), Leg.ended_at.is_(None)
                )
                .values(ended_at=self.at)
            )

    async def reviewed(self) -> str:
        for number in range(max(self.times // 4, 1)):
            last = await make_reviewed(self.rig, f"qufu-5{number:03}.1", EVASIVE | {"done": LONG})
        return last

    async def returned(self) -> str:
        """One return to decide, and as many decided before as are wanted for precedents."""
        wanted = {
            "reason_code": "not_ours", "reason": LONG, "boundary": "城市照明管理规定第三条",
            "suggested_office_code": "housing",
        }  # fmt: skip
        for number in range(max(self.times // 8, 1)):
            name = await register(self.rig, f"qufu-6{number:03}.1", title=TITLES[(number + 1) % len(TITLES)])
            order = await self.order(name)
            order = await take(self.rig, order, Step.ASK_RETURN, LAMPS, **wanted)
        return name

    async def order(self, number: str) -> Order:
        async with self.rig.context.sessions() as session:
            order = await find_order(session, number)
            assert order is not None
            return order

    async def history(self, number: str) -> None:
        """A long life: news, photos, co-offices, a supervision order, tries to speak with the citizen."""
        order = await self.order(number)
        order = await take(
            self.rig, order, Step.ADD_CO_OFFICES, COORDINATOR, co_office_codes=["housing", "forestry"],
            reason="共用灯杆", task="各查各的线路",
        )  # fmt: skip
        order = await take(self.rig, order, Step.SUPERVISE, SUPERVISOR, reason=LONG)
        for count in range(self.times):
            order = await take(self.rig, order, Step.REPORT, LAMPS, note=LONG if count % 3 == 0 else "已到现场。")
        for count in range(min(self.times, 6)):
            answer = await send(self.rig, Role.UNIT, number, photo(), name=f"现场{count}.jpg")
            assert answer.status == 201, await answer.text()
        async with transaction(self.rig.context.sessions) as session:
            for _ in range(max(self.times // 8, 1)):
                row = await find_order(session, number)
                assert row is not None
                rules = self.rig.context.policy.notifications
                await make_link_by_hand(session, rules, row, "street-lighting", by="周示例", at=self.at)
            row = await find_order(session, number)
            assert row is not None
            for count in range(min(self.times, 12)):
                who = (LAMPS, COORDINATOR, SUPERVISOR)[count % 3]
                words = LONG if count % 4 == 0 else "请问是哪一根灯杆？" + "x" * 60
                await write_note(session, self.rig.context.policy, row, who, words, at=self.at)

    async def office_link(self, number: str) -> str:
        order, rig = await self.order(number), self.rig.context
        async with transaction(rig.sessions) as session:
            row = await session.merge(order, load=False)
            link = await make_link_by_hand(
                session, rig.policy.notifications, row, "street-lighting", by="周示例", at=self.at
            )
        return sign_link(link_key(rig.settings), LINK_PATH, link.about, link.expires_at)

    # ── what waits for somebody ──────────────────────────────────────────────────────────────────────────────

    async def alarms(self) -> None:
        """Nobody took some of the emergencies; the line and the exchange are in trouble, too."""
        await self.ask_in_vain(self.rig.sample.fresh)
        for count in range(self.times // 8):
            title = TITLES[count % len(TITLES)]
            await self.ask_in_vain(await register(self.rig, f"qufu-7{count:03}.1", title=title))
        async with transaction(self.rig.context.sessions) as session:
            kinds = list(TroubleKind)[: 1 if self.times == 1 else 3]
            session.add_all(
                Alarm(pbx="qufu", kind=kind, detail="示例：线路没有回应", raised_at=self.at, seen_at=self.at)
                for kind in kinds
            )

    async def ask_in_vain(self, number: str) -> None:
        at = self.at
        for _ in range(60):
            at += dt.timedelta(seconds=60)
            async with transaction(self.rig.context.sessions) as session:
                order = await find_order(session, number)
                assert order is not None
                searches = await crew_searches_of(session, order.id)
                if not searches or searches[-1].state is CrewSearchState.ALARMED:
                    return
                await continue_search(session, self.rig.context.policy, searches[-1].id, at=at)

    async def asked(self) -> None:
        """Follow-ups that somebody must ring for, and notifications that did not go out."""
        rig = self.rig.context
        for count in range(max(self.times // 4, 1)):
            order = await self.order(
                await make_reviewed(
                    self.rig, f"qufu-8{count:03}.1", REPLY | {"public_answer": LONG if count else "已修好。"}
                )
            )
            await take(self.rig, order, Step.APPROVE, COORDINATOR)
        async with transaction(rig.sessions) as session:
            await session.execute(update(FollowUp).values(state=FollowUpState.TO_CALL, due_at=None))
            first = select(Notification.id).order_by(Notification.id).limit(self.times // 2 or 1)
            await session.execute(
                update(Notification).where(Notification.id.in_(first)).values(
                    state=NotificationState.DEAD, next_try_at=None, why="HTTP 403 {'msg': '签名没有报备'}"
                )
            )  # fmt: skip
        for count in range(self.times):
            body = {
                "audience": Audience.OFFICE,
                "code": "street-lighting",
                "channel": "sms",
                "address": f"1390000{count:04}",
            }
            assert (await self.rig.ask(Role.COORDINATOR, "POST", "/api/contacts", json=body)).status in (200, 201)

    async def follow_up_link(self) -> str:
        order, rig = await self.order(self.rig.sample.done), self.rig.context
        async with transaction(rig.sessions) as session:
            mine = FollowUp.order_id == order.id
            await session.execute(update(FollowUp).where(mine).values(state=FollowUpState.ASKED, asked_at=self.at))
            about = (await session.scalars(select(FollowUp.id).where(mine))).one()
        return sign_link(link_key(rig.settings), "follow-up", about, self.at + dt.timedelta(hours=8))

    async def asked_back(self) -> None:
        """Citizens who want to be called back."""
        rig = self.rig.context
        for count in range(self.times):
            name = await draft(self.rig, f"qufu-9{count:03}.1", f"1390001{count:04}")
            order = await self.order(name)
            async with transaction(rig.sessions) as session:
                session.add(
                    Callback(
                        order_id=order.id, linkedid=f"qufu-9{count:03}.1", number=f"1390001{count:04}",
                        place_at=self.at - dt.timedelta(minutes=count), asked_at=self.at, state=CallbackState.WAITING,
                    )
                )  # fmt: skip

    # ── the hall ─────────────────────────────────────────────────────────────────────────────────────────────

    async def hall(self) -> None:
        """Colleagues in every state, and numbers that are blocked or proposed."""
        states = [
            (AgentState.READY, None), (AgentState.ON_BREAK, "用餐"), (AgentState.AFTER_CALL_WORK, None),
            (AgentState.OFFLINE, None),
        ]  # fmt: skip
        async with transaction(self.rig.context.sessions) as session:
            for count in range(min(self.times, 24)):
                state, reason = states[count % len(states)]
                session.add(
                    Agent(
                        extension=str(1002 + count), state=state, reason=reason, since=self.at - dt.timedelta(minutes=7)
                    )
                )
            for count in range(self.times):
                number, over = f"1390002{count:04}", count % 4 == 3
                session.add(
                    Block(
                        number=number, number_key=number_key(number), days=30,
                        reason="反复拨打，不说话" if count else LONG,
                        linkedid=None, proposed_at=self.at, proposed_by="林示例", decision="本人道歉" if over else "",
                        approved_at=self.at if count % 2 else None, approved_by="许示例" if count % 2 else None,
                        expires_at=self.at + dt.timedelta(days=30) if count % 2 else None,
                        lifted_at=self.at if over else None, lifted_by="许示例" if over else None,
                    )
                )  # fmt: skip

    async def looks(self, number: str) -> None:
        """Disclosures of the citizen, and listenings of the recording."""
        order, sample = await self.order(number), self.rig.sample
        async with transaction(self.rig.context.sessions) as session:
            for count in range(self.times):
                session.add(
                    Disclosure(
                        at=self.at, until_at=self.at + dt.timedelta(minutes=15), account_id=2,
                        account_name="coordinator",
                        display_name="周示例", role="coordinator", order_id=order.id, order_number=number, linkedid="",
                        confidential=count % 3 == 0, reason=LONG if count == 1 else "回电核实现场的准确位置",
                        place=f"/orders/{number}", address="10.20.30.x",
                    )
                )  # fmt: skip
                session.add(
                    Listening(
                        account_id=5, account_name="supervisor", display_name="许示例", role="supervisor",
                        recording_id=sample.recording_id, linkedid=sample.linkedid, at=self.at, last_at=self.at,
                        how=HowHeard.PLAYER, address="10.20.30.x",
                    )
                )  # fmt: skip

    async def rules_of_people(self) -> None:
        """Articles, practice calls, saved filters, a draw of closed orders, and what waits for a second person."""
        rig, scripts = self.rig.context, list(self.rig.context.policy.practice.values())
        async with transaction(rig.sessions) as session:
            samples = load_samples(QUFU / "knowledge.toml")
            await import_samples(session, samples if self.times > 1 else samples[:1], at=self.at)
            for count in range(self.times):
                script = scripts[count % len(scripts)]
                filled: dict[str, Any] | None = {"title": "路灯不亮", "place": "林前街"} if count % 2 == 0 else None
                session.add(
                    PracticeRun(
                        script=script.code, account_id=1, display_name="林示例", extension="1001", started_by="林示例",
                        asked_at=self.at, rang_at=self.at, filled=filled, filled_at=self.at if filled else None,
                    )
                )  # fmt: skip
            month = self.at - dt.timedelta(days=200), self.at - dt.timedelta(minutes=1)
            for _ in range(max(self.times // 8, 1)):
                await draw_spot_check(
                    session,
                    rig.policy.times,
                    actor=SUPERVISOR,
                    closed_from=month[0],
                    closed_before=month[1],
                    at=self.at,
                )
        wish = {"reason": "来电人本人要求公开处理结果"}
        secret = self.rig.sample.secret
        assert (await self.rig.ask(Role.AGENT, "POST", f"/api/orders/{secret}/lift-secrecy", json=wish)).status in (
            200,
            201,
            202,
        )
        await fill_in(self.rig, await draft(self.rig, "qufu-999.1", "13900009999"), title=TITLES[1], matter=LONG)
        for count in range(min(self.times, 6)):
            name = f"路灯·{count}"
            sent = {"name": name, "q": "路灯"}
            await self.rig.ask(Role.COORDINATOR, "POST", "/orders/filters", data=sent)
