"""The days off that the law gives each year (《全国年节及纪念日放假办法》, 2024), whatever is arranged around them.

From the library `holidays`, which has the lunar ones counted ahead.
"""

import datetime as dt
from collections.abc import Mapping

import holidays


def statutory_days(year: int) -> Mapping[dt.date, str]:
    """Day → its name; days in lieu of those at a weekend are not among them."""
    known = holidays.country_holidays("CN", years=year, observed=False, language="zh_CN")
    return dict(sorted(known.items()))
