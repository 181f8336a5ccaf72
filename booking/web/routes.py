"""Every address of the site, grouped by page, in the order of a table of contents.

Names are those of handlers and templates. Parameters stand in the Route, never in a Mount. The same path may stand
twice, once per method.
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route

from booking.convertors import Id, Key, StayId
from booking.web import (
    about,
    assets,
    budgets,
    calendar,
    changing,
    home,
    keys,
    manage,
    manage_answers,
    manage_booking,
    manage_closures,
    manage_codes,
    manage_occupancy,
    manage_presence,
    photos,
    places,
    presence,
    reservations,
    reserving,
    settings,
    sign_in,
    webhooks,
)

__all__ = ["Id", "Key", "StayId", "routes"]

routes: list[BaseRoute] = [
    # Finding
    Route("/", home.home, name="home"),
    Route("/search", home.index, name="search"),
    Route("/venues", places.index, name="venues"),
    Route("/venues/{key:key}", places.venue, name="venue"),
    Route("/resources/{resource_id:id}", places.resource, name="resource"),
    Route("/photos/{photo_id:uuid}/{name}", photos.file, name="photo"),
    # Booking
    Route("/resources/{resource_id:id}/reserve", reserving.new, name="reserve"),
    Route("/resources/{resource_id:id}/reserve", reserving.create, methods=["POST"]),
    Route("/resources/{resource_id:id}/quote", reserving.new, name="quote"),
    Route("/reservations", reservations.index, name="reservations"),
    Route("/reservations/{reservation_id:uuid}", reservations.show, name="reservation"),
    Route("/reservations/{reservation_id:uuid}/change", changing.change, name="change"),
    Route("/reservations/{reservation_id:uuid}/change", changing.save_change, methods=["POST"]),
    Route("/reservations/{reservation_id:uuid}/cancel", changing.cancel, name="cancel"),
    Route("/reservations/{reservation_id:uuid}/cancel", changing.do_cancel, methods=["POST"]),
    Route("/reservations/{reservation_id:uuid}/check-in", presence.own, name="own_check_in"),
    Route("/reservations/{reservation_id:uuid}/check-in", presence.own_check_in, methods=["POST"]),
    Route(
        "/reservations/{reservation_id:uuid}/check-out",
        presence.own_check_out,
        name="own_check_out",
        methods=["POST"],
    ),
    # The printed codes
    Route("/c/{token}", presence.code, name="code"),
    Route("/c/{token}/check-in", presence.check_in, name="code_check_in", methods=["POST"]),
    Route("/c/{token}/check-out", presence.check_out, name="code_check_out", methods=["POST"]),
    Route("/c/{token}/take", presence.take, name="take_rest"),
    Route("/c/{token}/take", presence.do_take, methods=["POST"]),
    # Budgets
    Route("/budgets", budgets.index, name="budgets"),
    Route("/budgets/{activity_id:id}", budgets.show, name="budget"),
    Route("/budgets/{activity_id:id}.csv", budgets.csv, name="budget_csv"),
    # The house
    Route("/manage", manage.index, name="manage"),
    Route("/manage/{key:key}", manage.show, name="manage_venue"),
    Route("/manage/{key:key}/reservations.csv", manage.as_csv, name="manage_csv"),
    Route(
        "/manage/{key:key}/reservations/{reservation_id:uuid}/approve",
        manage_answers.approve,
        name="manage_approve",
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/reservations/{reservation_id:uuid}/decline",
        manage_answers.decline_form,
        name="manage_decline",
    ),
    Route(
        "/manage/{key:key}/reservations/{reservation_id:uuid}/decline",
        manage_answers.decline,
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/reservations/{reservation_id:uuid}/cancel",
        manage_answers.cancel_form,
        name="manage_cancel",
    ),
    Route(
        "/manage/{key:key}/reservations/{reservation_id:uuid}/cancel", manage_answers.cancel, methods=["POST"]
    ),
    Route(
        "/manage/{key:key}/reservations/{reservation_id:uuid}/check-in",
        manage_presence.check_in,
        name="manage_check_in",
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/stays/{stay_id:stay}/check-out",
        manage_presence.check_out,
        name="manage_check_out",
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/stays/{stay_id:stay}/undo",
        manage_presence.undo,
        name="manage_undo_stay",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/walk-in", manage_presence.walk_in, name="manage_walk_in", methods=["POST"]),
    Route("/manage/{key:key}/count", manage_presence.count, name="manage_count", methods=["POST"]),
    Route("/manage/{key:key}/codes", manage_codes.index, name="manage_codes"),
    Route("/manage/{key:key}/codes/renew", manage_codes.renew, name="renew_codes", methods=["POST"]),
    Route("/manage/{key:key}/codes/proof", manage_codes.proof, name="manage_proof", methods=["POST"]),
    Route("/manage/{key:key}/book", manage_booking.new, name="manage_book"),
    Route("/manage/{key:key}/book", manage_booking.create, methods=["POST"]),
    Route("/manage/{key:key}/closures", manage_closures.index, name="manage_closures"),
    Route("/manage/{key:key}/closures", manage_closures.create, methods=["POST"]),
    Route("/manage/{key:key}/closures/new", manage_closures.preview, name="manage_closing"),
    Route(
        "/manage/{key:key}/closures/{closure_id:id}/withdraw",
        manage_closures.withdraw,
        name="manage_reopen",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/occupancy", manage_occupancy.show, name="manage_occupancy"),
    Route("/manage/{key:key}/occupancy.csv", manage_occupancy.as_csv, name="manage_occupancy_csv"),
    Route("/manage/{key:key}/photos", photos.index, name="manage_photos"),
    Route("/manage/{key:key}/photos", photos.add, methods=["POST"], max_body_size=photos.UPLOAD_BYTES_MAX),
    Route("/manage/{key:key}/photos/order", photos.arrange, name="manage_photo_order", methods=["POST"]),
    Route("/manage/{key:key}/photos/{photo_id:uuid}", photos.edit, name="manage_photo"),
    Route("/manage/{key:key}/photos/{photo_id:uuid}", photos.describe, methods=["POST"]),
    Route("/manage/{key:key}/photos/{photo_id:uuid}/whole.jpg", photos.whole, name="manage_photo_whole"),
    Route(
        "/manage/{key:key}/photos/{photo_id:uuid}/crop",
        photos.crop,
        name="manage_photo_crop",
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/photos/{photo_id:uuid}/remove",
        photos.remove,
        name="manage_photo_remove",
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/photos/{photo_id:uuid}/put-back",
        photos.put_back,
        name="manage_photo_put_back",
        methods=["POST"],
    ),
    # Signing in and out
    Route("/sign-in", sign_in.show, name="sign_in"),
    Route("/sign-in", sign_in.ask, methods=["POST"]),
    Route("/sign-in/demo", sign_in.as_demo_person, name="sign_in_demo", methods=["POST"]),
    Route("/sign-in/link/{token}", sign_in.link, name="sign_in_link"),
    Route("/sign-in/link/{token}", sign_in.use_link, methods=["POST"]),
    Route("/sign-in/{sign_in_id:uuid}", sign_in.code, name="sign_in_code"),
    Route("/sign-in/{sign_in_id:uuid}", sign_in.use_code, methods=["POST"]),
    Route("/sign-out", sign_in.sign_out, name="sign_out", methods=["POST"]),
    # Settings
    Route("/settings", settings.show, name="settings"),
    Route("/settings", settings.save, methods=["POST"]),
    Route("/settings/language", settings.set_language, name="set_language", methods=["POST"]),
    Route("/settings/theme", settings.set_theme, name="set_theme", methods=["POST"]),
    Route("/settings/sessions", settings.end_all, name="end_sessions", methods=["POST"]),
    Route("/settings/sessions/{session_id:id}", settings.end_one, name="end_session", methods=["POST"]),
    Route("/settings/keys", keys.show, name="keys"),
    Route("/settings/keys", keys.make, methods=["POST"]),
    Route("/settings/keys/{token_id:id}", keys.revoke, name="revoke_key", methods=["POST"]),
    Route("/settings/webhooks", webhooks.index, name="webhooks"),
    Route("/settings/webhooks", webhooks.create, methods=["POST"]),
    Route("/settings/webhooks/{webhook_id:id}", webhooks.show, name="webhook"),
    Route("/settings/webhooks/{webhook_id:id}", webhooks.save, methods=["POST"]),
    Route("/settings/webhooks/{webhook_id:id}/test", webhooks.test, name="webhook_test", methods=["POST"]),
    Route(
        "/settings/webhooks/{webhook_id:id}/on-or-off/{how}",
        webhooks.switch,
        name="webhook_switch",
        methods=["POST"],
    ),
    Route(
        "/settings/webhooks/{webhook_id:id}/secret",
        webhooks.new_secret,
        name="webhook_secret",
        methods=["POST"],
    ),
    Route(
        "/settings/webhooks/{webhook_id:id}/remove", webhooks.remove, name="webhook_remove", methods=["POST"]
    ),
    Route(
        "/settings/webhooks/{webhook_id:id}/deliveries/{delivery_id:id}",
        webhooks.again,
        name="webhook_again",
        methods=["POST"],
    ),
    # Calendars
    Route("/calendar", calendar.show, name="calendar"),
    Route("/calendar", calendar.make, methods=["POST"]),
    Route("/calendar/{feed_id:id}/rotate", calendar.rotate, name="rotate_feed", methods=["POST"]),
    Route("/calendar/{feed_id:id}/revoke", calendar.revoke, name="revoke_feed", methods=["POST"]),
    Route("/reservations/{reservation_id:uuid}/calendar.ics", calendar.download, name="reservation_ics"),
    Route("/feeds/{token}.ics", calendar.feed, name="feed", methods=calendar.FEED_METHODS),
    Route("/feeds/{token}", calendar.feed, methods=calendar.FEED_METHODS),
    # About
    Route("/help", about.help_start, name="help"),
    Route("/accessibility", about.accessibility, name="accessibility"),
    Route("/sources", about.sources, name="sources"),
    Route("/privacy", about.privacy, name="privacy"),
    Route("/styleguide", about.style_guide, name="style_guide"),
    Route("/demo/mails", about.demo_mails, name="demo_mails"),
    Route("/demo/mails/{name}", about.demo_mail, name="demo_mail"),
    # For machines
    Route("/health", about.health, name="health"),
    Route("/ready", about.ready, name="ready"),
    Route("/robots.txt", about.robots, name="robots"),
    Route("/manifest.webmanifest", about.manifest, name="manifest"),
    Mount(assets.MOUNT, assets.static_files(), name="static"),
]
