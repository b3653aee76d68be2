"""Texts of a new city's folder. Pure."""

import json
import re

from core.city_words import CityWords

CITY_TOML = """# 城市数据的总表。各表的写法见 README.md；改完运行 hotline city check。
code = {code}
name = {name}
number_prefix = {prefix}  # 工单号的字头
area_code = {area_code}  # 电话区号：本地号码加上它才是全国唯一的号码
sample = true  # 人名、电话填好以前写 true，页面上会注明“示例数据”；填好后改为 false

# 页面、提示音、短信、PDF 上的名称
[words]
line = {line}  # 热线的名称，前面会加城市名
line_short = {short}  # 短信里的简称
number = {number}  # 拨打的号码
crew = {crew}  # 上门处置的人叫什么
area = {area}  # 市、县、区、旗……：县级管理员、全县、县领导
town = {town}  # 镇街、乡镇、街道……
"""

PLACES_CSV = """# 地名、所在镇街的代码、类型（village、community、road、site、estate、zone、water）、要一并通知的单位。
# 知道坐标的加两列 latitude,longitude。
name,town,kind,office
"""

LIMITS_TOML = """# 签收和办结时限。全部为示例，须由市里按公布的规定改正；source 写明出处。
# 写法：same day（当日）、3 working days（工作日）、5 days（自然日）、2 hours（小时，昼夜都算）、
# 2 working hours（工作小时，只算上班时间）、30 minutes、30 working minutes。
# 也可以写 当日、3个工作日、5个自然日、2小时、30分钟。
# counts："working days" 当日和自然日遇休息日顺延到工作日；"every day" 天天都算。
# 当日的时限要写：晚于 late_after 收到的，到下一个算的日子的 late_due 为止；否则到当天的 same_day_ends 为止。
# 紧急的（urgency = "emergency"）每种诉求类型都必须写，没有就不能启动。

promise_working_days = 15
yellow_working_days = 1
remind_share = 0.5
accountability_working_days = 3
return_working_days = 2
return_decision_minutes = 60
ruling_working_days = 1
extension_working_days = 10
rework_working_days = 1
supervision_answer_working_days = 1
part_working_days_before = 1
spot_check_share = 0.05
spot_check_at_least = 1

# 上班时间：不写 begins、ends 的一段是全年，写了的（月-日）是夏令时等季节
[[office_hours]]
shifts = ["08:30-12:00", "13:30-17:30"]
source = "示例，须由市里确认"

[[limit]]
kinds = ["consultation", "suggestion", "help", "complaint", "report", "other"]
urgency = "emergency"
accept = "30 minutes"
contact = "1 hour"
expected = "same day"
finish = "same day"
counts = "every day"
late_after = 20:00:00
late_due = 12:00:00
same_day_ends = 23:59:59
source = "示例，须由市里确认"

[[limit]]
kinds = ["consultation", "suggestion"]
accept = "4 working hours"
contact = "1 working day"
expected = "1 working day"
finish = "2 working days"
counts = "working days"
source = "示例，须由市里确认"

[[limit]]
kinds = ["help", "complaint", "report", "other"]
accept = "1 working day"
contact = "1 working day"
expected = "5 working days"
finish = "7 working days"
counts = "working days"
source = "示例，须由市里确认"
"""

README = """# {name}的城市数据

由 `hotline city new` 生成，能通过检查、能启动；内容为示例，须逐项核对。改完运行 `hotline city check`，
有错会一次说清哪个文件、哪一行、怎么改；文件夹有错时各个程序都不启动。

1. `city.toml`：名称、区号、镇街、行业。
2. `offices.csv`、`units.csv`：写着“待填”的责任人、电话；`extension` 就是值班电话在交换机上的账号。
3. `subjects.toml`：每类事项由哪个单位主办。
4. `limits.toml`：时限和上班时间，写明出处。
5. `places.csv`：村、社区、道路等地名。
6. `prompts/`：开头的问候等提到本地名称的录音。没有录音的由机器念；`hotline prompts list` 列出要录的文字。
7. 其余 `.toml`：判断用的词语、通知的文字、催接的步骤等，各文件开头有说明。

表格用 Excel 编辑时存为“CSV UTF-8”。`code` 一经使用不要再改：工单里记的就是它。
"""

_SHOWN = re.compile(r"^(?:#|source|title|text|advice|done|public_answer)|(?<=\s)#.*$", re.MULTILINE)


def in_its_words(text: str, words: CityWords) -> str:
    """A rule file of the sample with this city's words in what people read; patterns stay as they are."""
    lines = []
    for line in text.splitlines():
        code, mark, remark = line.partition("#")
        if _SHOWN.match(line):
            code, mark, remark = "", "", line
        lines.append(code + mark + _said(remark, words))
    return "\n".join(lines).replace('origin = "city"', 'origin = "written"') + "\n"


def _said(text: str, words: CityWords) -> str:
    for sample, own in (
        ("曲阜市公布", f"由{words.area}里确认"), ("曲阜市", words.city), ("直通车", words.crew), ("镇街", words.town),
        ("市级管理员", words.coordinator), ("市领导", f"{words.area}领导"), ("市里", f"{words.area}里"),
        ("本市", f"本{words.area}"), ("全市", f"全{words.area}"),
    ):  # fmt: skip
        text = text.replace(sample, own)
    return text


def toml_text(value: str | list[str]) -> str:
    """As TOML holds it."""
    return json.dumps(value, ensure_ascii=False)
