"""What the exchange gets of the block list."""

from pathlib import Path

from core.numbers.phone import number_key
from core.numbers.plan import use_area_code
from telephony.blocking.files import write_blocks


def test_a_blocked_landline_is_blocked_however_the_network_gives_it(tmp_path: Path) -> None:
    use_area_code("0537")
    write_blocks(tmp_path, {number_key("0537-4411000"): 7})
    names = {path.name for path in tmp_path.iterdir()}
    assert {"4411000", "05374411000", "5374411000", "865374411000", "00865374411000"} <= names
    assert "3714411000" not in names
    write_blocks(tmp_path, {})
    assert list(tmp_path.iterdir()) == []
