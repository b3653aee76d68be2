"""`hotline city`: the folder that makes this the hotline of one city. Its messages are Chinese: the reader keeps the
folder."""

import sys
from pathlib import Path

import click

from core.settings import Settings
from hotline.runtime.plain_errors import FullHelp


@click.group(cls=FullHelp)
def city() -> None:
    """The folder of a city: its offices, crews, limits, texts."""


@city.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def city_check(settings: Settings, folder: Path | None) -> None:
    """Say everything that is wrong in FOLDER (else the installation's), with file, line and correction."""
    from hotline.runtime.city_check import check_folder, reminders

    where = folder or settings.city
    policy, faults = check_folder(where)
    if faults or policy is None:
        click.echo(f"✗ {where}：{len(faults)}处错误")
        for fault in faults.in_order():
            click.echo(f"· {fault.text}")
        sys.exit(1)
    found = policy.city
    click.echo(
        f"✓ {where}：{found.name}{found.words.line}，{len(found.towns)}个{found.words.town}，"
        f"{len(found.offices)}个单位，{len(found.units)}支{found.words.crew}，{len(found.subjects)}个事项类别"
        + (f"，派单目录{len(policy.duties)}项" if policy.duties else "")
    )
    for one in reminders(policy):
        click.echo(f"· 提醒：{one}")


@city.command("new")
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where it is made; default: deploy/city/CODE.")
@click.option("--table", type=click.Path(exists=True, path_type=Path), help="Towns, offices and crews, CSV from Excel.")
@click.option("--area-code", prompt="电话区号（带 0）")
@click.option("--prefix", default="", help="Letters of the order numbers; default: the name's initials.")
@click.option("--line", default="", help="The line's name; default: 12345政务服务热线.")
@click.option("--number", default="12345", help="What citizens dial.")
@click.option("--crew", default="", help="What a crew is called; asked for where it is not given.")
@click.option("--area", default="", help="市, 县, 区, 旗 …; default: the name's last sign.")
@click.option("--town-word", default="", help="What it is divided into: 镇街, 乡镇, 街道.")
@click.option("--towns", default="", help="Names, blanks between.")
@click.option("--offices", default="", help="Names, blanks between.")
@click.option("--crews", default="", help="Names, blanks between.")
@click.pass_obj
def city_new(
    settings: Settings, name: str, folder: Path | None, table: Path | None, area_code: str, prefix: str, line: str,
    number: str, crew: str, area: str, town_word: str, towns: str, offices: str, crews: str,
) -> None:  # fmt: skip
    """Make the folder of the city NAME: it passes the check and runs. Asks for what is not given."""
    from core.city_words import CityWords
    from hotline.operations.new_city.folder import write_city
    from hotline.operations.new_city.given import NewCity, area_word, initials, pinyin_code, read_table, table_of

    line = line or click.prompt("热线的名称", default=f"{number}政务服务热线")
    crew = crew or click.prompt("上门处置的人叫什么，如服务队", default=CityWords.crew)
    if table is not None:
        lines = read_table(table)
    else:
        towns = towns or click.prompt("镇、街道的名称，用空格隔开")
        offices = offices or click.prompt("承办单位的名称，用空格隔开（可以先不写）", default="", show_default=False)
        crews = crews or click.prompt(f"{crew}的名称，用空格隔开（可以先不写）", default="", show_default=False)
        lines = table_of(towns.split(), offices.split(), crews.split())
    area = area or area_word(name)
    streets = all("街道" in one.name for one in lines if one.what == "镇街")
    words = CityWords(
        city=name, line=line, line_short=line, number=number, crew=crew, area=area,
        town=town_word or ("街道" if streets else CityWords.town),
    )  # fmt: skip
    made = NewCity(words, prefix or initials(name), area_code, lines)
    where = folder or Path("deploy/city") / pinyin_code(name)
    write_city(where, made)
    click.echo(f"✓ {where} 已生成，检查通过。HOTLINE_CITY={where} 启动即可；还要填什么，见 {where / 'README.md'}")
