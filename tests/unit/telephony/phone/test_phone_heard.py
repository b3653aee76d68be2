"""What a telephone heard lies on a true time line, however late this process is given what came."""

from telephony.phone.heard import SoundHeard

FRAME_SAMPLES, FRAME_BYTES = 160, 320
FRAME = b"\x01\x02" * FRAME_SAMPLES


def heard(*frames: tuple[float, int, int]) -> bytes:
    """Of frames (seconds at which each is taken, its number, its source)."""
    line = SoundHeard(0.0)
    for seconds, number, source in frames:
        # The stamps pass 2^32 on the way.
        line.keep(FRAME, (number * FRAME_SAMPLES + (1 << 32) - 2 * FRAME_SAMPLES) % (1 << 32), source, seconds)
    return bytes(line.samples)


def test_packets_taken_in_a_burst_after_a_stall_leave_no_hole() -> None:
    assert heard((0.02, 0, 1), (0.5, 1, 1), (0.5, 2, 1), (0.5, 3, 1)) == 4 * FRAME


def test_what_was_not_sent_for_a_while_is_silence_of_that_length() -> None:
    assert heard((0.02, 0, 1), (0.44, 20, 1)) == FRAME + bytes(19 * FRAME_BYTES) + FRAME


def test_no_more_is_silence_than_time_has_passed() -> None:
    assert heard((0.02, 0, 1), (0.22, 5000, 1)) == FRAME + bytes(3520 - FRAME_BYTES) + FRAME


def test_another_source_s_stamps_say_nothing_so_the_clock_counts() -> None:
    assert heard((0.02, 900, 1), (0.42, 3, 2)) == FRAME + bytes(6720 - FRAME_BYTES) + FRAME


def test_a_stream_that_begins_anew_under_the_same_source_is_placed_by_the_clock() -> None:
    assert heard((0.02, 900, 1), (0.42, 3, 1)) == heard((0.02, 900, 1), (0.42, 3, 2))
