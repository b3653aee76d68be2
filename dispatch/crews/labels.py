"""What people read of a crew's status."""

from collections.abc import Mapping

from dispatch.crews.rules import UnitStatus

UNIT_STATUSES: Mapping[UnitStatus, str] = {
    UnitStatus.OFF_SHIFT: "未上班",
    UnitStatus.FREE: "待命",
    UnitStatus.ACCEPTED: "已接单",
    UnitStatus.ON_THE_WAY: "在路上",
    UnitStatus.THERE: "在现场",
}
