"""What people read of what came back."""

from web.my_day.presenter import CameBack

CAME_BACK: dict[CameBack, str] = {
    CameBack.RETURNED: "单位退单",
    CameBack.CORRECTED: "被更正",
    CameBack.REOPENED: "重新办理",
    CameBack.DISSATISFIED: "诉求人不满意",
}
