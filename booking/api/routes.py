"""Every operation of the API, by noun. What stands here is what the description says and what is asked of a request."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

import booking.convertors  # noqa: F401  `id` and `key` in addresses
from booking.api import (
    about,
    activities,
    cards,
    describing,
    finding,
    guests,
    places,
    plans,
    presence,
    quotes,
    reservations,
    series,
)
from booking.api.door import Door
from booking.api.operations import Operation, routes_of
from booking.api.problems import BASE

OPERATIONS: tuple[Operation, ...] = (
    Operation("start", "GET", "/", about.start, about.Start, "Where to begin", "About"),
    Operation("me", "GET", "/me", about.me, about.Me, "Whose token this is", "About", "read"),
    Operation("list_problems", "GET", "/problems", about.list_problems, about.ProblemKinds,
              "Every kind of problem", "About"),
    Operation("show_problem", "GET", "/problems/{code:key}", about.show_problem, about.ProblemKind,
              "What a problem means", "About"),
    # Places
    Operation("list_venues", "GET", "/venues", places.list_venues, places.Venues,
              "The venues", "Places", "read", query=places.VenuesAsked),
    Operation("show_venue", "GET", "/venues/{key:key}", places.show_venue, places.VenueTold,
              "One venue", "Places", "read"),
    Operation("list_plans", "GET", "/venues/{key:key}/plans", plans.list_plans, plans.Plans,
              "The floor plans of a venue", "Places", "read", query=plans.PlansAsked, rate="search"),
    Operation("list_resources", "GET", "/resources", places.list_resources, places.Resources,
              "What can be booked", "Places", "read", query=places.ResourcesAsked),
    Operation("show_resource", "GET", "/resources/{resource_id:id}", places.show_resource, places.ResourceTold,
              "One resource", "Places", "read"),
    Operation("availability", "GET", "/resources/{resource_id:id}/availability", places.availability,
              places.Availability, "When a resource is free", "Places", "read",
              query=places.AvailabilityAsked, rate="search"),
    Operation("search", "GET", "/search", finding.find, finding.Hits,
              "What is free near a place", "Places", "read", query=finding.SearchAsked, rate="search"),
    # Booking
    Operation("quote", "GET", "/resources/{resource_id:id}/quote", quotes.quote, quotes.Quote,
              "What it would cost", "Reservations", "read", query=quotes.QuoteAsked, rate="search"),
    Operation("list_reservations", "GET", "/reservations", reservations.list_reservations,
              reservations.Reservations, "Your reservations", "Reservations", "read",
              query=reservations.ReservationsAsked),
    Operation("reserve", "POST", "/reservations", reservations.reserve, reservations.ReservationTold,
              "Reserve", "Reservations", "book", body=reservations.ReservationWish, status=201),
    Operation("ask_guest", "POST", "/venues/{key:key}/guests", guests.ask_guest, reservations.ReservationTold,
              "Ask a guest", "Reservations", "book", body=guests.GuestAsked, status=201),
    Operation("show_reservation", "GET", "/reservations/{reservation_id:uuid}", reservations.show_reservation,
              reservations.ReservationTold, "One reservation", "Reservations", "read"),
    Operation("change_reservation", "PATCH", "/reservations/{reservation_id:uuid}", reservations.change,
              reservations.ReservationTold, "Change a reservation", "Reservations", "book",
              body=reservations.ReservationChange,
              accepts="It is dearer, and your card has paid: held until the difference is paid on the page of "
                      "`card_change.payment_url`. Until then nothing of the reservation has changed."),
    Operation("change_quote", "GET", "/reservations/{reservation_id:uuid}/quote", quotes.change_quote,
              quotes.Quote, "What a change would cost", "Reservations", "read",
              query=quotes.ChangeAsked, rate="search"),
    Operation("pay_reservation", "POST", "/reservations/{reservation_id:uuid}/payment", reservations.pay,
              reservations.ReservationTold, "Open its payment page", "Reservations", "book",
              body=reservations.PayWish),
    Operation("let_change_go", "POST", "/reservations/{reservation_id:uuid}/change/let-go",
              reservations.let_change_go, reservations.ReservationTold, "Leave it as it is", "Reservations", "book",
              body=reservations.LetGoWish),
    Operation("card_money", "GET", "/reservations/{reservation_id:uuid}/card", cards.card_money, cards.CardMoneyTold,
              "What cards paid for it", "Reservations", "read"),
    Operation("cancel_reservation", "POST", "/reservations/{reservation_id:uuid}/cancel", reservations.cancel,
              reservations.ReservationTold, "Cancel a reservation", "Reservations", "book",
              body=reservations.CancelWish),
    Operation("reserve_series", "POST", "/series", series.reserve_series, series.SeriesTold,
              "Reserve several dates", "Reservations", "book", body=series.SeriesWish, status=201),
    Operation("show_series", "GET", "/series/{series_id:uuid}", series.show_series, series.SeriesTold,
              "A series", "Reservations", "read"),
    Operation("cancel_series", "POST", "/series/{series_id:uuid}/cancel", series.cancel_series, series.SeriesTold,
              "Cancel dates of a series", "Reservations", "book", body=series.SeriesCancelWish),
    Operation("change_series", "POST", "/series/{series_id:uuid}/change", series.change_series, series.SeriesTold,
              "Change the following dates of a series", "Reservations", "book", body=series.SeriesChangeWish),
    # Money
    Operation("list_activities", "GET", "/activities", activities.list_activities, activities.Activities,
              "Your Activities", "Money", "money"),
    Operation("statement", "GET", "/activities/{activity_id:id}/statement", activities.statement,
              activities.Statement, "An Activity's statement", "Money", "money",
              query=activities.StatementAsked),
    # Presence
    Operation("people_now", "GET", "/venues/{key:key}/presence", presence.now, presence.HouseTold,
              "How many are in the house", "Presence", "presence"),
    Operation("check_in", "POST", "/reservations/{reservation_id:uuid}/check-in", presence.check_in,
              presence.StayTold, "Check in for a booking", "Presence", "presence", body=presence.CheckInWish),
    Operation("come", "POST", "/venues/{key:key}/check-in", presence.come, presence.StayTold,
              "Check in to a house", "Presence", "presence", body=presence.ComeWish),
    Operation("leave", "POST", "/venues/{key:key}/check-out", presence.leave, presence.StayTold,
              "Check out", "Presence", "presence", body=presence.LeaveWish),
    Operation("count_people", "POST", "/venues/{key:key}/counts", presence.count, presence.StayTold,
              "Count the people", "Presence", "presence", body=presence.CountWish),
    # Occupancy
    Operation("occupancy", "GET", "/venues/{key:key}/occupancy", presence.figures, presence.OccupancyTold,
              "How a house is used", "Occupancy", "occupancy", query=presence.OccupancyAsked,
              rate="search", refuses=True),
)  # fmt: skip


async def description(request: Request) -> Response:
    """The description of all this, as OpenAPI 3.1."""
    body, etag = describing.as_json(OPERATIONS)
    headers = {"Cache-Control": "public, max-age=300", "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


routes: list[BaseRoute] = [
    Route("/openapi.json", description, name="openapi"),
    *routes_of(OPERATIONS),
]


def mount() -> Mount:
    """The API as the application mounts it. A slash too many is not sent elsewhere: there is nothing there."""
    mounted = Mount(BASE, app=Door(Router(routes=routes, redirect_slashes=False)), name="api")
    # Starlette's own takes no line breaks, and would leave an address with one in it to the pages.
    mounted.path_regex = re.compile(mounted.path_regex.pattern, re.DOTALL)
    return mounted
