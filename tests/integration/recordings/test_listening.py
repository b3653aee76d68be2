"""Whoever hears a recording stands in the log, once for each play, before the first sound is sent."""

import asyncio
import datetime as dt

from core import clock
from core.database import Sessions, transaction
from dispatch.workflow import Role
from recordings.archive.listening_log import ONE_PLAY, SoundListener, listenings_of, mask_address, note_listening
from recordings.archive.models import HowHeard
from recordings.models import Recording, RecordingPart, RecordingState, Speaker
from tests.support.web_rig import WebRig


async def test_pieces_of_one_play_are_one_listening_and_each_person_has_his_own(web_rig: WebRig) -> None:
    audio = f"/api/recordings/{web_rig.sample.recording_id}/audio"
    pieces = [{"Range": "bytes=0-99"}, {"Range": "bytes=100-"}, {}, {"Range": "bytes=50-60"}]
    answers = await asyncio.gather(*(web_rig.ask(Role.AGENT, "GET", audio, headers=one) for one in pieces))
    assert [answer.status for answer in answers] == [206, 206, 200, 206]
    assert (await web_rig.ask(Role.UNIT, "GET", audio)).status == 200
    for path in (f"/api/calls/{web_rig.sample.linkedid}", f"/api/orders/{web_rig.sample.lamp}"):
        for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
            rows = (await web_rig.get(role, f"{path}/listenings"))["listenings"]
            mine = [row for row in rows if row["role"] in ("agent", "unit")]
            assert [(row["account_name"], row["role"], row["how"]) for row in mine] == [
                ("unit-01", "unit", "player"),
                ("agent1", "agent", "player"),
            ]
            assert {row["address"] for row in mine} == {"127.0.0.x"}
        assert (await web_rig.ask(Role.AGENT, "GET", f"{path}/listenings")).status == 403
    page = await web_rig.ask(Role.SUPERVISOR, "GET", f"/orders/{web_rig.sample.lamp}")
    assert f'hx-get="/orders/{web_rig.sample.lamp}/listenings"' in await page.text()
    part = await (await web_rig.ask(Role.SUPERVISOR, "GET", f"/calls/{web_rig.sample.linkedid}/listenings")).text()
    assert "林示例（接线员）" in part
    page = await web_rig.ask(Role.AGENT, "GET", f"/orders/{web_rig.sample.lamp}")
    assert "listenings" not in await page.text()


async def test_looking_at_page_and_wave_is_no_listening(web_rig: WebRig) -> None:
    path = f"/api/calls/{web_rig.sample.linkedid}"
    before = await web_rig.get(Role.ADMINISTRATOR, f"{path}/listenings")
    for looked_at in (path, f"/orders/{web_rig.sample.lamp}"):
        assert (await web_rig.ask(Role.LEADER, "GET", looked_at)).status == 200
    await web_rig.get(Role.LEADER, f"/api/recordings/{web_rig.sample.recording_id}/peaks")
    assert await web_rig.get(Role.ADMINISTRATOR, f"{path}/listenings") == before


async def test_what_one_may_not_hear_is_not_noted(web_rig: WebRig) -> None:
    assert (await web_rig.ask(Role.OFFICE, "GET", "/api/recordings/999999/audio")).status == 404
    assert (await web_rig.ask(Role.ADMINISTRATOR, "GET", "/api/calls/none/listenings")).status == 404


async def test_after_a_pause_it_is_another_listening_and_an_export_always_is(sessions: Sessions) -> None:
    at = clock.now() - dt.timedelta(hours=3)
    somebody = SoundListener(7001, "x", "某某", "agent", "10.0.0.x")
    async with transaction(sessions) as session:
        recording = Recording(
            linkedid="qufu-7001.1",
            uniqueid="qufu-7001.1",
            part=RecordingPart.CONVERSATION,
            state=RecordingState.SAVED,
            far_side=Speaker.CALLER,
            started_at=at,
            ended_at=at,
        )
        session.add(recording)
        await session.flush()
        for minutes, how in (
            (0, HowHeard.PLAYER),
            (9, HowHeard.PLAYER),
            (18, HowHeard.PLAYER),
            (28, HowHeard.PLAYER),
            (29, HowHeard.EXPORT),
            (29, HowHeard.EXPORT),
        ):
            await note_listening(session, somebody, [recording], how=how, at=at + dt.timedelta(minutes=minutes))
    assert dt.timedelta(minutes=9) < ONE_PLAY <= dt.timedelta(minutes=10)
    async with sessions() as session:
        rows = await listenings_of(session, ["qufu-7001.1"])
    listed = [(row.how, (row.at - at).seconds // 60, (row.last_at - at).seconds // 60) for row in reversed(rows)]
    assert listed == [
        (HowHeard.PLAYER, 0, 18),
        (HowHeard.PLAYER, 28, 28),
        (HowHeard.EXPORT, 29, 29),
        (HowHeard.EXPORT, 29, 29),
    ]


def test_an_address_is_kept_without_its_last_part() -> None:
    assert mask_address("10.20.30.40") == "10.20.30.x"
    assert mask_address("::ffff:10.20.30.40") == "10.20.30.x"
    assert mask_address("2001:db8:1:2:3::4") == "2001:db8:1:2::x"
    assert mask_address("unknown, 10.0.0.1") == ""
