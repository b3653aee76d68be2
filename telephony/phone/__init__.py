"""A telephone in software: the simulated citizen, agent and crew. It talks, listens and presses keys for as long
as one likes. Signalling and audio parsing are pyVoIP's; what is broken in pyVoIP is fixed here (library.py)."""

from telephony.phone.aio import AsyncPhone as AsyncPhone
from telephony.phone.call import CallEnded as CallEnded
from telephony.phone.call import CallStage as CallStage
from telephony.phone.call import PhoneCall as PhoneCall
from telephony.phone.errors import CallRefused as CallRefused
from telephony.phone.errors import NotRegistered as NotRegistered
from telephony.phone.errors import PhoneSilent as PhoneSilent
from telephony.phone.phone import Phone as Phone
from telephony.phone.phone import PhoneAccount as PhoneAccount
