"""The map's file: there, not there, whole, cut off, something else."""

from pathlib import Path

import pytest

from core.settings import Settings
from dispatch.city.load import load_city
from tests.support.web_rig import QUFU
from web.map_file import OPENSTREETMAP, UnreadableMap, _attribution, find_map, lacks_towns

SAMPLE = QUFU / "map.pmtiles"


def settings(folder: Path) -> Settings:
    return Settings(city=folder, var=folder)


def test_the_sample_citys_sketch_covers_every_town_and_says_that_it_is_a_sketch():
    found = find_map(settings(QUFU))
    assert found is not None
    assert lacks_towns(found, load_city(QUFU)) == []
    assert "示意图" in found.attribution
    assert SAMPLE.stat().st_size < 100_000


def test_a_city_without_a_file_has_no_map(tmp_path: Path):
    assert find_map(settings(tmp_path)) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"PMTiles", b"PMTiles\x02" + bytes(200), b"<html>" * 100, SAMPLE.read_bytes()[:5000], bytes(100_000)],
)
def test_what_is_no_such_file_or_not_whole_says_so(tmp_path: Path, content: bytes):
    (tmp_path / "map.pmtiles").write_bytes(content)
    with pytest.raises(UnreadableMap):
        find_map(settings(tmp_path))


def test_a_part_said_to_be_huge_is_not_read(tmp_path: Path):
    content = bytearray(SAMPLE.read_bytes())
    content[32:40] = (2**40).to_bytes(8, "little")  # The metadata's length.
    (tmp_path / "map.pmtiles").write_bytes(content)
    with pytest.raises(UnreadableMap):
        find_map(settings(tmp_path))


def test_a_town_beside_the_map_is_named():
    found = find_map(settings(QUFU))
    assert found is not None
    town = next(iter(load_city(QUFU).towns.values()))
    assert town.spot is not None
    here = type(found)(**{**vars(found), "north": town.spot[0] - 0.001})
    assert town.name in lacks_towns(here, load_city(QUFU))


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (
            {"attribution": '<a href="https://x.invalid">Protomaps</a> © <b>OpenStreetMap</b>'},
            "Protomaps © OpenStreetMap",
        ),
        ({"attribution": "<script>alert(1)</script>"}, OPENSTREETMAP),
        ({"attribution": 7}, OPENSTREETMAP),
        ({}, OPENSTREETMAP),
        ([], OPENSTREETMAP),
    ],
)
def test_whose_data_it_is_is_plain_text(metadata: object, said: str):
    assert _attribution(metadata) == said
