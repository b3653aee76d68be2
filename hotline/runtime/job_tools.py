"""What the handlers of durable jobs are handed, by the process that does them."""

from dataclasses import dataclass, replace
from functools import cached_property

from procrastinate import App

from dispatch.jobs.send_notifications import Sending
from hotline.runtime.runtime import Runtime
from ivr.session import AgiSessions
from ivr.voice.speech import Voice
from ivr.voice.voices import make_voice
from recordings.recognition.engine import Engine
from telephony.agents.after_call_work import AfterCallWork
from telephony.agents.phones import AgentPhones
from telephony.control.conference import Rooms, outgoing_of
from telephony.control.control import Control
from telephony.control.moves import Turns
from telephony.pbx.settings import PbxSettings


@dataclass(frozen=True)
class WorkerTools:
    """Of `hotline worker`: queues `records`, `notifications`, `speech`."""

    app: App
    runtime: Runtime
    engine: Engine
    sends: Sending

    @property
    def sending(self) -> Sending:
        """By the policy that is in force now."""
        return replace(self.sends, policy=self.runtime.policy)


@dataclass(frozen=True)
class LineTools:
    """Of `hotline line`: queues `line` and `control`, which need the telephone."""

    runtime: Runtime
    pbx: PbxSettings
    control: Control
    sessions: AgiSessions
    after_call_work: AfterCallWork
    agent_phones: AgentPhones

    @cached_property
    def rooms(self) -> Rooms:
        return Rooms(self.control, outgoing_of(self.pbx))

    @cached_property
    def command_turns(self) -> Turns:
        """Commands that follow one another on a call: telephony.control.commands.IN_TURN."""
        return Turns()

    @cached_property
    def voice(self) -> Voice:
        return make_voice(self.runtime.settings)
