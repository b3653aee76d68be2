"""What supervisors and coordinators read of a reply's marks."""

from dispatch.supervision.evasive import MarkKind
from dispatch.supervision.evasive_replies import JudgedReply

MARKS: dict[MarkKind, str] = {
    MarkKind.BOUNCES: "推诿",
    MarkKind.PROVERB: "以俗语代替答复",
    MarkKind.ANSWERS_ANOTHER_QUESTION: "答非所问",
    MarkKind.NO_ACT_NO_DATE: "没有办理、没有时限",
    MarkKind.MAY_CHOOSE_NEARBY: "让诉求人自己想办法",
    MarkKind.PAPERS_IN_PIECES: "材料没有一次性告知",
}


JUDGED: dict[JudgedReply, str] = {
    JudgedReply.SENT_BACK: "退回重办",
    JudgedReply.ACCEPTED: "仍然采纳",
    JudgedReply.WAITING: "尚未认定",
}
