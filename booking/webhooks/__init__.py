"""Telling other programs what happened: signed, in order, again where it failed, until somebody looks.

Knows: who may hear what, the body and its signature, deliveries and their tries. Refuses to know: why something
happened (it reads events) and who reads mail (it writes an event when an endpoint fails for good).

Invariants: an event is written down for an endpoint once, with the event's own reading; the deliveries of an endpoint
go out in their order, the next one after the last was sent or parked; nothing goes to a machine that is not public;
the body says nothing that its owner may not see, and names no person.
"""

from booking.webhooks.delivering import deliver, forget
from booking.webhooks.endpoints import (
    ENDPOINTS_MAX,
    EVENTS,
    EndpointsEnough,
    NotAllowed,
    change,
    deliveries,
    endpoint,
    make,
    new_secret,
    of,
    places_of,
    remove,
    send_again,
    send_test,
    switch,
)
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint
from booking.webhooks.signing import HEADER, secret_of, signature
from booking.webhooks.telling import write_deliveries

__all__ = [
    "ENDPOINTS_MAX",
    "EVENTS",
    "HEADER",
    "EndpointsEnough",
    "NotAllowed",
    "WebhookDelivery",
    "WebhookEndpoint",
    "change",
    "deliver",
    "deliveries",
    "endpoint",
    "forget",
    "make",
    "new_secret",
    "of",
    "places_of",
    "remove",
    "secret_of",
    "send_again",
    "send_test",
    "signature",
    "switch",
    "write_deliveries",
]
