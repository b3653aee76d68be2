"""`hotline reachability`: whether offices and crews can be reached; checks them now."""

import asyncio

import click

from core.settings import Settings


@click.command()
@click.argument("codes", nargs=-1)
@click.pass_obj
def reachability(settings: Settings, codes: tuple[str, ...]) -> None:
    """All contacts, what is not reached first; with CODES: check these offices and crews now (`all`: everybody)."""
    from hotline.operations.reachability_by_hand import begin, load
    from web.template_filters import day_time

    answer = asyncio.run(load(settings)) if not codes else asyncio.run(begin(settings, codes, click.echo))
    for one in answer.targets:
        state = "正在测试" if one.checking else one.status_name
        last = f"最近通畅 {day_time(one.reached_at)}" if one.reached_at else "没有通畅过"
        mark = "✓" if one.status == "reached" else "✗" if one.status == "failed" else "·"
        found = (f"{one.what} {one.address}".rstrip(), state, last, one.said, one.mend)
        click.echo("  ".join((f"{mark} {one.to}", *filter(None, found))))
    for name in answer.unlisted_offices:
        click.echo(f"· {name}  没有任何联系方式")
    if not answer.scheduled:
        click.echo("示例数据的号码都是编造的，不会自动测试。")
