"""The words that distinguish matters: where one came in, what it is, how urgent it is.

What follows from them (limits, offices) is the city's data: dispatch.city.load.
"""

from enum import StrEnum


class Channel(StrEnum):
    """How the matter came in."""

    HOTLINE = "hotline"
    WEB = "web"
    """网络问政."""
    MAILBOX = "mailbox"
    """书记信箱."""
    WALK_IN = "walk_in"
    """来访."""
    LETTER = "letter"
    OTHER_LINE = "other_line"
    """Passed on by 110, the province's platform or another hotline."""
    UPPER_LEVEL = "upper_level"
    """上级交办."""
    MEDIA = "media"


class Kind(StrEnum):
    """诉求类型, as the city publishes them."""

    CONSULTATION = "consultation"
    SUGGESTION = "suggestion"
    HELP = "help"
    """求助; an emergency one is `help` with `Urgency.EMERGENCY`."""
    COMPLAINT = "complaint"
    REPORT = "report"
    """举报: a report of wrongdoing."""
    OTHER = "other"

    @property
    def has_scene(self) -> bool:
        """Somebody must go somewhere for it, or the answer depends on where it is."""
        return self in (Kind.HELP, Kind.COMPLAINT, Kind.REPORT)


class NoPlace(StrEnum):
    """Why an order that should say where says no place."""

    UNCLEAR = "unclear"
    """The citizen does not know it well enough."""
    WITHHELD = "withheld"
    """The citizen will not say."""
    NOWHERE = "nowhere"
    """The matter has no place."""


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"
    """A person is, or may soon be, in danger."""

    @property
    def rank(self) -> int:
        """0 normal … 2 emergency."""
        return list(Urgency).index(self)


class Disposition(StrEnum):
    """What a call was that holds no matter of its own."""

    SILENT = "silent"
    WRONG_NUMBER = "wrong_number"
    PRANK = "prank"
    ABUSIVE = "abusive"
    ASKED_PROGRESS = "asked_progress"
    """The citizen asked about an earlier order."""
    NOTHING_FURTHER = "nothing_further"
    """Begun for a further matter of the call, and there was none."""

    @property
    def in_good_faith(self) -> bool:
        """The citizen did no wrong: there is only no order to be made of it."""
        return self in (Disposition.ASKED_PROGRESS, Disposition.NOTHING_FURTHER)


class ReturnReason(StrEnum):
    """Why an office says that an order is not its own (退单)."""

    NOT_OURS = "not_ours"
    """Not its duty."""
    NOT_HERE = "not_here"
    """Its duty, but not there."""
    ANOTHER_LEADS = "another_leads"
    """Several have to do with it, and another has the most."""
    FACTS_DIFFER = "facts_differ"
    """On the spot the matter is another than was said."""


class ContactWay(StrEnum):
    """How an office or crew contacted the citizen about the order."""

    PHONE = "phone"
    VISIT = "visit"
    MESSAGE = "message"


class Offence(StrEnum):
    """The fifteen “not done at once” offences that the city published; a finding names one."""

    DELAYED = "delayed"
    NO_FULL_NOTICE = "no_full_notice"
    MADE_WAIT = "made_wait"
    RUDE = "rude"
    MADE_HARD = "made_hard"
    PASSED_THE_BUCK = "passed_the_buck"
    WANTED_FAVOURS = "wanted_favours"
    PROCEDURE_TOO_LONG = "procedure_too_long"
    BROKE_LIMIT = "broke_limit"
    WAITED_FOR_LEADER = "waited_for_leader"
    LEFT_OLD_PROBLEM = "left_old_problem"
    SAME_PROBLEM_AGAIN = "same_problem_again"
    EXPOSED = "exposed"
    ILLEGAL_FEES = "illegal_fees"
    AGAINST_THE_SPIRIT = "against_the_spirit"
