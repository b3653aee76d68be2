"""What people read of how an archived recording was heard."""

from recordings.archive.models import HowHeard

HOW_HEARD: dict[HowHeard, str] = {
    HowHeard.PLAYER: "网页收听",
    HowHeard.EXPORT: "导出",
    HowHeard.LIVE: "通话中回听",
}
