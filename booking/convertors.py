"""What may stand in an address: registered once, for every door."""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, StringConvertor, register_url_convertor


class Id(IntegerConvertor):
    """The id of a row, and no number that the database could not even look for."""

    regex = "[0-9]{1,9}"


class StayId(IntegerConvertor):
    """The id of a stay: there are more of them than of anything else."""

    regex = "[0-9]{1,18}"


class Key(StringConvertor):
    """The key of a venue, as the import takes them: no letters that the database would stumble over."""

    regex = "[A-Za-z0-9][A-Za-z0-9_-]{0,79}"


register_url_convertor("id", Id())
register_url_convertor("stay", StayId())
register_url_convertor("key", Key())
