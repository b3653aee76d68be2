"""What people read of the search for a crew."""

from core.city_words import WordedTable
from dispatch.assignments.crew_search_rules import CrewSearchState, SearchAction

CREW_SEARCH_STATES: dict[CrewSearchState, str] = WordedTable(
    {
        CrewSearchState.RUNNING: "正在催接",
        CrewSearchState.TAKEN: "已接单",
        CrewSearchState.ALARMED: "没有{crew}接单",
        CrewSearchState.CALLED_OFF: "不用再催",
    }
)


SEARCH_ACTIONS: dict[SearchAction, str] = {
    SearchAction.PUSH: "推送",
    SearchAction.CALL: "打电话",
    SearchAction.NEXT_UNIT: "换下一支",
    SearchAction.ALARM: "告警",
    SearchAction.TAKEN: "接单",
    SearchAction.CALLED_OFF: "停止催接",
    SearchAction.ALARM_SEEN: "已知悉",
}
