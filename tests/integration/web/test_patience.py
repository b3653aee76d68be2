"""A connection that asks nothing whole is hung up; one that asks is served as long as it likes."""

import asyncio

from aiohttp import web

from web.http.requests.patience import PATIENCE, Patience, hear


async def test_who_never_finishes_his_first_request_is_hung_up_and_who_does_is_not() -> None:
    app = web.Application(middlewares=[hear])
    app[PATIENCE] = Patience(seconds=1)
    asked, hung_up = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        asked.set()
        await hung_up.wait()
        return web.Response(text="at last")

    app.router.add_get("/slow", slow)
    runner = web.AppRunner(app)
    await runner.setup()
    assert runner.server is not None
    server = await asyncio.get_running_loop().create_server(app[PATIENCE].awaiting(runner.server), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    # The first of all: when the others are hung up, its time would be over as well.
    whole = await asyncio.open_connection("127.0.0.1", port)
    whole[1].write(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    silent, half = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    half[1].write(b"GET /slow HTTP/1.1\r\nHost: x\r\nX-More:")
    await asked.wait()
    assert await asyncio.wait_for(silent[0].read(), 60) == b""
    assert await asyncio.wait_for(half[0].read(), 60) == b""
    hung_up.set()
    assert (await asyncio.wait_for(whole[0].read(), 60)).endswith(b"at last")
    for _, writer in (silent, half, whole):
        writer.close()
    server.close()
    await runner.cleanup()
