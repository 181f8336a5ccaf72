"""All houses of a search, for the interactive map: as many as there are, in as few bytes as can be."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from booking import search
from booking.forms import read
from booking.web import session
from booking.web.drawings import found_at
from booking.web.home import Search, count
from booking.web.maps import answer, packed, venues_json
from booking.web.pages import url


async def map_found(request: Request) -> Response:
    """The houses with something free for this search, those of all its pages. What cannot be read is told by field."""
    member = await session.visitor(request)
    await count(request, member)
    form = await read(request, Search)
    if not form.valid:
        return JSONResponse({"errors": form.errors}, 422)
    wish, at = form.value.wish(), session.at(request)
    places = [found_at(venue) for venue in await search.houses(wish, member=member, at=at)]
    told = venues_json(
        places,
        base=url("venue", key="-")[:-1],
        box=wish.box if wish.in_box else None,
        after=f"?day={wish.day}" if wish.day else "",
    )
    return answer(request, packed(told))
