"""`hotline reachability`: shows the status of contacts, or starts checks of them and waits for the results of the
running system.
"""

import asyncio
from collections.abc import Callable, Collection

from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import BadInput, Conflict
from core.settings import Settings
from dispatch.reachability.checks import begin_now, load_targets
from hotline.runtime.runtime import Runtime, open_runtime
from web.notifications.reachability import ReachabilityListAnswer, reachability_list

_PATIENCE_SECONDS = 90


async def load(settings: Settings) -> ReachabilityListAnswer:
    async with open_runtime(settings) as runtime:
        return await _load(runtime)


async def begin(settings: Settings, codes: Collection[str], say: Callable[[str], None]) -> ReachabilityListAnswer:
    """Only what was checked is answered. `codes`: of offices and crews, or `all`. Raises BadInput for an unknown
    one."""
    async with open_runtime(settings) as runtime:
        known = runtime.city.offices.keys() | runtime.city.units.keys()
        if unknown := set(codes) - known - {"all"}:
            raise BadInput(f"没有这样的单位或{city_words().crew}：{'、'.join(sorted(unknown))}")
        # The city's roles have no code.
        wanted = known | {""} if "all" in codes else set(codes)
        async with transaction(runtime.sessions) as session:
            targets = await load_targets(session, runtime.city)
            for code in sorted(wanted & {target.code for target in targets}):
                mine = [target for target in targets if target.code == code]
                try:
                    await begin_now(
                        session, runtime.city, runtime.policy.notifications, mine, by="命令行", at=clock.now()
                    )
                except Conflict as error:
                    say(f"· {code or city_words().area + '里各岗位'}：{error.message}")
        for _ in range(_PATIENCE_SECONDS):
            answer = await _load(runtime)
            mine_now = [one for one in answer.targets if one.code in wanted]
            if not any(one.checking for one in mine_now):
                break
            await asyncio.sleep(1)
        else:
            say("还有没出结果的：系统（hotline serve）在运行吗？稍后用 hotline reachability 再看。")
        return answer.model_copy(update={"targets": mine_now, "unlisted_offices": []})


async def _load(runtime: Runtime) -> ReachabilityListAnswer:
    async with runtime.sessions() as session:
        return await reachability_list(session, runtime.policy, clock.now())
