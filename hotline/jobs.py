"""All durable jobs, in one table: which name, in which queue, how often, tried again how, done by what.

Deferred with `core.jobs.defer`, in the transaction that makes them necessary. docs/architecture.md says of each why it
may be done twice.
"""

from procrastinate import RetryStrategy

from access.calls.command_requests import CONTROL, CONTROL_QUEUE
from access.visibility.reporter_guesses import FIND_REPORTER_GUESSES, FIND_REPORTER_GUESSES_IN
from dispatch.assignments.assign import CALL_UNIT, NOTIFY_BROWSERS
from dispatch.assignments.crew_search import CONTINUE_SEARCH, LOOK_AFTER
from dispatch.attachments.store import HEAR_VOICE
from dispatch.callbacks.queue import DIAL
from dispatch.citizens.indexing import COVER_CALLS
from dispatch.former.files import CARRY_ON
from dispatch.jobs.ask_citizens import ASK
from dispatch.jobs.overdue import SWEEP
from dispatch.jobs.send_notifications import WAKE
from dispatch.notifications.queue import SEND
from dispatch.reachability.checks import CHECK_PHONE, CHECK_PUSH
from hotline.bridges import upkeep
from hotline.bridges.backups import make_backup, make_nightly_backup, prove_backup
from hotline.bridges.crew_push import notify_browsers_of
from hotline.bridges.former import carry_on_former
from hotline.bridges.line.agents import end_after_call_work, follow_phone, set_state
from hotline.bridges.line.announcements import RENEW, renew
from hotline.bridges.line.call_control import do_command
from hotline.bridges.line.callbacks import RELEASE, dial
from hotline.bridges.line.crew_calls import call_crew, search_crews
from hotline.bridges.line.practice import PRACTICE, ring
from hotline.bridges.notifications import send
from hotline.bridges.reachability import CHECK_DUE, phone_check, push_check
from hotline.bridges.recordings.recorded_speech import (
    archive_recording,
    hear_voice_note,
    transcribe_recording,
    transcribe_recording_again,
)
from hotline.bridges.recordings.search_covers import INDEX_MISSING, cover_calls
from hotline.bridges.recounting import RECOUNT
from hotline.bridges.reporter_guesses import find_guesses, find_guesses_in
from hotline.runtime.durable_jobs import JobSpec
from recordings.archive.retention import RETENTION
from recordings.transcripts.transcribe import AGAIN
from telephony.agents.after_call_work import END_AFTER_CALL_WORK
from telephony.agents.phones import FOLLOW_PHONE
from telephony.monitoring.processes import BACKUP_CRON, MAKE_BACKUP, PROOF_CRON, PROVE_BACKUP

EVERY_5_SECONDS = "* * * * * */5"
EVERY_MINUTE = "* * * * *"
EVERY_HOUR = "7 * * * *"
EVERY_NIGHT = "20 19 * * *"
"""UTC: the city's night."""

STUBBORN = RetryStrategy(max_attempts=12, exponential_wait=3)
"""Outside trouble passes: 3 s, 9 s, 27 s, … then the job lies among the failed, where people see it."""
UNTIL_EXCHANGE = RetryStrategy(max_attempts=20, wait=3)
"""For when the exchange cannot be reached; meanwhile the search goes on (dispatch.assignments.crew_search_rules)."""
SEARCH_CREWS = RetryStrategy(max_attempts=50, wait=2)
"""A search must not end because the database was away for a minute; LOOK_AFTER finds what is lost beyond that."""
WHILE_FRESH = RetryStrategy(max_attempts=8, wait=5)
"""For when the exchange cannot be reached; in the end the try is too old and is given up."""
UNTIL_ROUND = RetryStrategy(max_attempts=8, exponential_wait=3)
"""For when the other side is away; what has no result in the city's time is ended by the round."""
FOUR_MINUTES = RetryStrategy(max_attempts=6, exponential_wait=3)
"""3 s, 9 s, … 4 minutes: later than that the crew was called by telephone."""

# fmt: off
JOBS = (
    # Periodic: every worker plans them, a key lets one wait.
    JobSpec("jobs.take_back_stalled", "records", upkeep.take_back_stalled, EVERY_5_SECONDS, key="take_back_stalled"),
    JobSpec(SWEEP, "records", upkeep.sweep_orders, EVERY_MINUTE, key=SWEEP),
    JobSpec(RECOUNT, "records", upkeep.recount_orders, EVERY_MINUTE, key=RECOUNT),
    JobSpec("recordings.retry", "records", upkeep.retry_recordings, EVERY_MINUTE, key="retry_recordings"),
    JobSpec(RELEASE, "records", upkeep.release_callbacks, EVERY_MINUTE, key=RELEASE),
    JobSpec(LOOK_AFTER, "records", upkeep.look_after_crew_searches, EVERY_MINUTE, key=LOOK_AFTER),
    JobSpec(INDEX_MISSING, "records", upkeep.index_missing, EVERY_MINUTE, key=INDEX_MISSING, lock=INDEX_MISSING),
    JobSpec(RETENTION, "records", upkeep.destroy_what_is_due, EVERY_NIGHT, key=RETENTION, lock=RETENTION),
    JobSpec(ASK, "notifications", upkeep.ask_citizens, EVERY_MINUTE, key=ASK),
    JobSpec(WAKE, "notifications", upkeep.wake_notifications, EVERY_MINUTE, key=WAKE),
    JobSpec(CHECK_DUE, "notifications", upkeep.reachability_round, EVERY_MINUTE, key=CHECK_DUE, lock=CHECK_DUE),
    JobSpec("backups.nightly", "records", make_nightly_backup, BACKUP_CRON, key="backups.nightly", lock=MAKE_BACKUP),
    JobSpec(PROVE_BACKUP, "records", prove_backup, PROOF_CRON, key=PROVE_BACKUP, lock=MAKE_BACKUP),
    JobSpec(RENEW, "line", renew, EVERY_HOUR, key=RENEW),
    # Files and speech: any worker.
    JobSpec("recordings.archive", "records", archive_recording, retry=STUBBORN),
    JobSpec(COVER_CALLS, "records", cover_calls, retry=STUBBORN),
    JobSpec(CARRY_ON, "records", carry_on_former, retry=STUBBORN),
    JobSpec(MAKE_BACKUP, "records", make_backup),
    JobSpec(FIND_REPORTER_GUESSES, "records", find_guesses, retry=STUBBORN),
    JobSpec(FIND_REPORTER_GUESSES_IN, "records", find_guesses_in, retry=STUBBORN),
    JobSpec("recordings.transcribe", "speech", transcribe_recording, retry=STUBBORN),
    JobSpec(AGAIN, "speech", transcribe_recording_again, retry=STUBBORN),
    JobSpec(HEAR_VOICE, "speech", hear_voice_note, retry=STUBBORN),
    # Messages: any worker.
    JobSpec(SEND, "notifications", send, retry=STUBBORN),
    JobSpec(NOTIFY_BROWSERS, "notifications", notify_browsers_of, retry=FOUR_MINUTES),
    JobSpec(CHECK_PUSH, "notifications", push_check, retry=UNTIL_ROUND),
    # The telephone: the line of its exchange.
    JobSpec("agents.set_state", "line", set_state, retry=3),
    JobSpec(END_AFTER_CALL_WORK, "line", end_after_call_work, retry=3),
    JobSpec(FOLLOW_PHONE, "line", follow_phone, retry=3),
    JobSpec(CONTINUE_SEARCH, "line", search_crews, retry=SEARCH_CREWS),
    JobSpec(CALL_UNIT, "line", call_crew, retry=UNTIL_EXCHANGE),
    JobSpec(DIAL, "line", dial, retry=WHILE_FRESH),
    JobSpec(CHECK_PHONE, "line", phone_check, retry=UNTIL_ROUND),
    # What somebody waits for at a desk: at most once.
    JobSpec(CONTROL, CONTROL_QUEUE, do_command),
    JobSpec(PRACTICE, CONTROL_QUEUE, ring),
)
# fmt: on

LINE_QUEUES = ("line", CONTROL_QUEUE)
WORKER_QUEUES = ("records", "notifications", "speech")


def jobs_of(*queues: str) -> tuple[JobSpec, ...]:
    return tuple(job for job in JOBS if job.queue in queues)
