"""`hotline learn`: the model that proposes subjects, made from the city's own confirmed orders."""

import asyncio

import click

from core.settings import Settings


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Only show what was learned before, and how good it was.")
@click.pass_obj
def learn(settings: Settings, only_list: bool) -> None:
    """Learn from confirmed orders which words mean which subject; used only if better than the responsibility list."""
    from hotline.operations.learn import explain, models_made
    from hotline.operations.learn import learn as learn_now

    if not only_list:
        click.echo(explain(asyncio.run(learn_now(settings))))
        return
    made = asyncio.run(models_made(settings))
    used = next((row.id for row in made if row.used), None)
    for row in made:
        rules, learned = row.compared["rules"]["office"], row.compared["learned"]["office"]
        mark = "▶" if row.id == used else " "
        click.echo(f"{mark} {row.version}  {row.matters}张工单  主办单位首选：清单 {rules:.1%}，加模型 {learned:.1%}")
    if used is None:
        click.echo("没有启用的模型：按职责清单判断。")
