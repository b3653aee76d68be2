"""What somebody hears who subscribes with a mark."""

from core.bus import RECONNECTED, REMEMBERED, Bus, Change


async def heard_since(bus: Bus, mark: str) -> list[Change]:
    async with bus.subscribe(since=mark) as queue:
        return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_what_came_after_the_mark_is_heard_and_nothing_of_before() -> None:
    bus = Bus("")
    bus._spread(Change("order", "1"))
    mark = bus.mark
    assert await heard_since(bus, mark) == []
    bus._spread(Change("order", "2"))
    bus._spread(Change("call", "3"))
    assert await heard_since(bus, mark) == [Change("order", "2"), Change("call", "3")]
    assert await heard_since(bus, bus.mark) == await heard_since(bus, "") == []


async def test_a_mark_too_old_of_another_process_or_made_up_means_that_all_may_have_changed() -> None:
    bus, other = Bus(""), Bus("")
    mark = bus.mark
    epoch = mark.partition("-")[0]
    for number in range(REMEMBERED):
        bus._spread(Change("order", str(number)))
    assert len(await heard_since(bus, mark)) == REMEMBERED
    bus._spread(Change("order", "one more"))
    for strange in (mark, other.mark, "x", f"{epoch}-", f"{epoch}-²", f"{epoch}-9999999", f"{epoch}-{'9' * 5000}"):
        assert await heard_since(bus, strange) == [RECONNECTED], strange[:20]
