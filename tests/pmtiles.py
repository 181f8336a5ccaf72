"""A small archive of tiles, byte by byte after the specification of PMTiles 3 and of Mapbox's vector tiles 2.

Every tile is the same: land with a square lake and, beside it, a country with a name. It is drawn by
whoever draws a Protomaps extract, whose names of layers it has.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Sequence

EXTENT = 4096
LEVELS = 3  # 0, 1 and 2; closer ones are drawn from the last
Point = tuple[int, int]


def archive(country: str) -> bytes:
    """The file. One entry of the directory stands for all tiles, as they are alike."""
    tile = gzip.compress(_tile(country), mtime=0)
    tiles = sum(4**level for level in range(LEVELS))
    # Counted and then by columns: identities (as differences), how many alike in a row, lengths, offsets (plus one).
    directory = gzip.compress(b"".join(map(_varint, (1, 0, tiles, len(tile), 1))), mtime=0)
    described = {
        "name": "made for a test",
        "vector_layers": [{"id": "earth"}, {"id": "water"}, {"id": "places"}],
    }
    metadata = gzip.compress(json.dumps(described).encode(), mtime=0)
    root = 127
    about = root + len(directory)
    data = about + len(metadata)
    header = struct.pack(
        "<7sB11Q6B4iB2i",
        b"PMTiles", 3,
        root, len(directory), about, len(metadata), data, 0, data, len(tile),
        tiles, 1, 1,
        1, 2, 2, 1, 0, LEVELS - 1,  # clustered, directory and tiles by gzip, of the kind MVT, levels
        -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000,
        0, 0, 0,
    )  # fmt: skip
    assert len(header) == root
    return header + directory + metadata + tile


def _tile(country: str) -> bytes:
    # On the level that Europe is drawn from, these lie between 4 and 11 degrees east, 49 and 53 north.
    (west, east), (north, south) = (200, 500), (1200, 1550)
    whole = [(0, 0), (EXTENT, 0), (EXTENT, EXTENT), (0, EXTENT)]
    lake = [(west, north), (east, north), (east, south), (west, south)]
    named = {
        "kind": "country",
        "name": country,
        "name:en": country,
        "min_zoom": 0,
        "sort_key": 1,
        "population_rank": 12,
    }
    return b"".join(
        _field(3, layer)
        for layer in (
            _layer("earth", _ring(whole), 3, {"kind": "earth"}),
            _layer("water", _ring(lake), 3, {"kind": "lake"}),
            _layer("places", [_command(1, 1), *_zigzag(600, 1400)], 1, named),
        )
    )


def _layer(name: str, geometry: Sequence[int], kind: int, values: dict[str, str | int]) -> bytes:
    tags = [number for place in range(len(values)) for number in (place, place)]
    feature = _field(2, _packed(tags)) + _number(3, kind) + _field(4, _packed(geometry))
    told = b"".join(_field(3, key.encode()) for key in values)
    for value in values.values():
        told += _field(4, _number(5, value) if isinstance(value, int) else _field(1, value.encode()))
    return _number(15, 2) + _field(1, name.encode()) + _field(2, feature) + told + _number(5, EXTENT)


def _ring(points: Sequence[Point]) -> list[int]:
    first, *others = points
    told, (x, y) = [_command(1, 1), *_zigzag(*first), _command(2, len(others))], first
    for to_x, to_y in others:
        told += _zigzag(to_x - x, to_y - y)
        x, y = to_x, to_y
    return [*told, _command(7, 1)]


def _command(what: int, times: int) -> int:
    return what & 7 | times << 3


def _zigzag(*numbers: int) -> list[int]:
    return [number << 1 ^ number >> 31 for number in numbers]


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _packed(numbers: Sequence[int]) -> bytes:
    return b"".join(map(_varint, numbers))


def _varint(number: int) -> bytes:
    told = bytearray()
    while number > 127:
        told.append(number & 127 | 128)
        number >>= 7
    return bytes([*told, number])
