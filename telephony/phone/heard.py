"""What one end of a call heard, on a true time line. Pure: the time is handed in. 8 kHz, 16 bits, mono."""

from dataclasses import dataclass, field

BYTES_PER_SECOND = 16_000
GAP_BYTES = BYTES_PER_SECOND // 10
"""A hole longer than 100 ms in what was sent becomes silence, so that heard times stay true."""


@dataclass
class SoundHeard:
    since: float
    """When listening began, in the seconds of any clock."""
    samples: bytearray = field(default_factory=bytearray)
    _next: tuple[int, int] | None = None
    """Source and time stamp of the packet that would follow without a hole."""

    def keep(self, samples: bytes, timestamp: int, source: int, at: float) -> None:
        """One RTP packet's sound, taken at `at`.

        What comes late is no hole: a busy machine is given its packets in bursts, and only their time stamps say
        whether something is missing between them. Of another source, or of one that begins again, they say nothing.
        """
        hole = int((at - self.since) * BYTES_PER_SECOND) // 2 * 2 - len(self.samples)
        if self._next is not None and self._next[0] == source:
            skipped_samples = (timestamp - self._next[1]) % (1 << 32)
            if skipped_samples < 1 << 31:
                hole = min(hole, 2 * skipped_samples)
        if hole > GAP_BYTES:
            self.samples += bytes(hole)
        self.samples += samples
        self._next = (source, (timestamp + len(samples) // 2) % (1 << 32))
