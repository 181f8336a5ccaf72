"""Every address of the site, grouped by page, in the order of a table of contents.

Names are those of handlers and templates. Parameters stand in the Route, never in a Mount. The same path may stand
twice, once per method.
"""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, StringConvertor, register_url_convertor
from starlette.routing import BaseRoute, Mount, Route

from booking.web import (
    about,
    admin_members,
    admin_roles,
    assets,
    books,
    books_activity,
    books_checks,
    books_ledger,
    budgets,
    calendar,
    changing,
    confirming,
    displays,
    home,
    manage,
    manage_answers,
    manage_booking,
    manage_closures,
    manage_codes,
    manage_displays,
    manage_occupancy,
    manage_presence,
    oidc,
    passkeys,
    photos,
    places,
    presence,
    reservations,
    reserving,
    settings,
    setup,
    setup_days,
    setup_history,
    setup_hosts,
    setup_hours,
    setup_prices,
    setup_spaces,
    setup_units,
    setup_venue,
    sign_in,
)


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
    # The screens at the doors
    Route("/display", displays.show, name="display"),
    Route("/display", displays.pair, methods=["POST"]),
    Route("/display/now", displays.now, name="display_now"),
    Route("/display/worker.js", displays.worker, name="display_worker"),
    # Budgets
    Route("/budgets", budgets.index, name="budgets"),
    Route("/budgets/{activity_id:id}", budgets.show, name="budget"),
    Route("/budgets/{activity_id:id}.csv", budgets.csv, name="budget_csv"),
    # The house
    Route("/manage", manage.index, name="manage"),
    Route("/manage/new", setup_venue.new, name="setup_new_house"),
    Route("/manage/new", setup_venue.create, methods=["POST"]),
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
    Route("/manage/{key:key}/displays", manage_displays.index, name="manage_displays"),
    Route("/manage/{key:key}/displays", manage_displays.add, methods=["POST"]),
    Route(
        "/manage/{key:key}/displays/{display_id:id}/code",
        manage_displays.code,
        name="display_code",
        methods=["POST"],
    ),
    Route(
        "/manage/{key:key}/displays/{display_id:id}/revoke",
        manage_displays.revoke,
        name="display_revoke",
        methods=["POST"],
    ),
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
    # The network
    Route("/admin/members", admin_members.index, name="admin_members"),
    Route("/admin/members/{member_id:id}", admin_members.show, name="admin_member"),
    Route(
        "/admin/members/{member_id:id}/recover",
        admin_members.recover,
        name="admin_recover",
        methods=["POST"],
    ),
    Route(
        "/admin/members/{member_id:id}/suspend",
        admin_members.suspend,
        name="admin_suspend",
        methods=["POST"],
    ),
    Route(
        "/admin/members/{member_id:id}/unsuspend",
        admin_members.unsuspend,
        name="admin_unsuspend",
        methods=["POST"],
    ),
    # Setting up a house
    Route("/manage/{key:key}/set-up", setup.overview, name="setup"),
    Route("/manage/{key:key}/set-up/house", setup_venue.edit, name="setup_venue"),
    Route("/manage/{key:key}/set-up/house", setup_venue.save, methods=["POST"]),
    Route("/manage/{key:key}/set-up/spaces", setup_spaces.index, name="setup_spaces"),
    Route("/manage/{key:key}/set-up/spaces", setup_spaces.create, methods=["POST"]),
    Route("/manage/{key:key}/set-up/spaces/new", setup_spaces.new, name="setup_space_new"),
    Route("/manage/{key:key}/set-up/spaces/{resource_id:id}", setup_spaces.edit, name="setup_space"),
    Route("/manage/{key:key}/set-up/spaces/{resource_id:id}", setup_spaces.save, methods=["POST"]),
    Route(
        "/manage/{key:key}/set-up/spaces/{resource_id:id}/units", setup_units.compose, name="setup_compose"
    ),
    Route("/manage/{key:key}/set-up/spaces/{resource_id:id}/units", setup_units.save, methods=["POST"]),
    Route(
        "/manage/{key:key}/set-up/spaces/{resource_id:id}/units/add",
        setup_units.add,
        name="setup_units_add",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/set-up/units", setup_units.index, name="setup_units"),
    Route(
        "/manage/{key:key}/set-up/units/{unit_id:id}", setup_units.rename, name="setup_unit", methods=["POST"]
    ),
    Route(
        "/manage/{key:key}/set-up/units/{unit_id:id}/out",
        setup_units.take_out,
        name="setup_unit_out",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/set-up/hours", setup_hours.show, name="setup_hours"),
    Route("/manage/{key:key}/set-up/hours", setup_hours.save, methods=["POST"]),
    Route("/manage/{key:key}/set-up/hours/follow", setup_hours.follow, name="setup_follow", methods=["POST"]),
    Route("/manage/{key:key}/set-up/holidays", setup_days.show, name="setup_days"),
    Route("/manage/{key:key}/set-up/holidays", setup_days.switch, methods=["POST"]),
    Route("/manage/{key:key}/set-up/holidays/yearly", setup_days.add, name="setup_yearly", methods=["POST"]),
    Route(
        "/manage/{key:key}/set-up/holidays/yearly/{yearly_id:id}/remove",
        setup_days.remove,
        name="setup_yearly_remove",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/set-up/prices", setup_prices.index, name="setup_prices"),
    Route("/manage/{key:key}/set-up/prices/{resource_id:id}", setup_prices.show, name="setup_price"),
    Route("/manage/{key:key}/set-up/prices/{resource_id:id}", setup_prices.save, methods=["POST"]),
    Route(
        "/manage/{key:key}/set-up/prices/{resource_id:id}/{tariff_id:id}/withdraw",
        setup_prices.withdraw,
        name="setup_price_withdraw",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/set-up/hosts", setup_hosts.show, name="setup_hosts"),
    Route("/manage/{key:key}/set-up/hosts", setup_hosts.give, methods=["POST"]),
    Route(
        "/manage/{key:key}/set-up/hosts/{role_id:id}/end",
        setup_hosts.end,
        name="setup_host_end",
        methods=["POST"],
    ),
    Route("/manage/{key:key}/set-up/history", setup_history.show, name="setup_history"),
    Route("/manage/{key:key}/set-up/history.csv", setup_history.as_csv, name="setup_history_csv"),
    Route(
        "/manage/{key:key}/set-up/history/{event_id:id}/undo",
        setup_history.undo,
        name="setup_undo",
        methods=["POST"],
    ),
    # Books
    Route("/books", books.index, name="all_books"),
    Route("/books/{key:key}", books.activities, name="books"),
    Route("/books/{key:key}/activities.csv", books.as_csv, name="books_csv"),
    Route("/books/{key:key}/activities/new", books_activity.new, name="books_new"),
    Route("/books/{key:key}/activities/new", books_activity.create, methods=["POST"]),
    Route("/books/{key:key}/activities/{activity_id:id}", books_activity.show, name="books_activity"),
    Route("/books/{key:key}/activities/{activity_id:id}/allot", books_activity.preview, name="books_allot"),
    Route("/books/{key:key}/activities/{activity_id:id}/allot", books_activity.allot, methods=["POST"]),
    Route(
        "/books/{key:key}/activities/{activity_id:id}/people",
        books_activity.set_person,
        name="books_people",
        methods=["POST"],
    ),
    Route(
        "/books/{key:key}/activities/{activity_id:id}/people/{member_id:id}/leave",
        books_activity.leave,
        name="books_leave",
        methods=["POST"],
    ),
    Route("/books/{key:key}/ledger", books_ledger.show, name="ledger"),
    Route("/books/{key:key}/ledger.csv", books_ledger.as_csv, name="ledger_csv"),
    Route("/books/{key:key}/ledger/{account_id:id}", books_ledger.account, name="ledger_account"),
    Route("/books/{key:key}/ledger/{account_id:id}.csv", books_ledger.account_csv, name="ledger_account_csv"),
    Route(
        "/books/{key:key}/reservations/{reservation_id:uuid}",
        books_ledger.reservation,
        name="books_reservation",
    ),
    Route("/books/{key:key}/checks", books_checks.show, name="books_checks"),
    # The network
    Route("/admin/roles", admin_roles.show, name="admin_roles"),
    Route("/admin/roles", admin_roles.give, methods=["POST"]),
    Route("/admin/roles/{role_id:id}/end", admin_roles.end, name="admin_role_end", methods=["POST"]),
    # Signing in and out
    Route("/sign-in", sign_in.show, name="sign_in"),
    Route("/sign-in", sign_in.ask, methods=["POST"]),
    Route("/sign-in/demo", sign_in.as_demo_person, name="sign_in_demo", methods=["POST"]),
    Route("/sign-in/again", sign_in.again, name="sign_in_again", methods=["POST"]),
    Route("/sign-in/passkey/options", passkeys.ask_to_sign_in, name="sign_in_passkey_ask", methods=["POST"]),
    Route("/sign-in/passkey", passkeys.sign_in, name="sign_in_passkey", methods=["POST"]),
    Route("/sign-in/oidc", oidc.start, name="sign_in_oidc", methods=["POST"]),
    Route("/sign-in/oidc/back", oidc.back, name="sign_in_oidc_back"),
    Route("/sign-in/link/{token}", sign_in.link, name="sign_in_link"),
    Route("/sign-in/link/{token}", sign_in.use_link, methods=["POST"]),
    Route("/sign-in/{sign_in_id:uuid}", sign_in.code, name="sign_in_code"),
    Route("/sign-in/{sign_in_id:uuid}", sign_in.use_code, methods=["POST"]),
    Route("/sign-out", sign_in.sign_out, name="sign_out", methods=["POST"]),
    Route("/confirm", confirming.show, name="confirm"),
    Route("/confirm", confirming.confirm, methods=["POST"]),
    Route("/confirm/options", confirming.ask, name="confirm_ask", methods=["POST"]),
    # Settings
    Route("/settings", settings.show, name="settings"),
    Route("/settings", settings.save, methods=["POST"]),
    Route("/settings/language", settings.set_language, name="set_language", methods=["POST"]),
    Route("/settings/theme", settings.set_theme, name="set_theme", methods=["POST"]),
    Route("/settings/sessions", settings.end_all, name="end_sessions", methods=["POST"]),
    Route("/settings/sessions/{session_id:id}", settings.end_one, name="end_session", methods=["POST"]),
    Route("/settings/passkeys/options", passkeys.ask, name="passkey_ask", methods=["POST"]),
    Route("/settings/passkeys", passkeys.add, name="passkeys", methods=["POST"]),
    Route("/settings/passkeys/{passkey_id:id}", passkeys.show, name="passkey"),
    Route("/settings/passkeys/{passkey_id:id}", passkeys.rename, methods=["POST"]),
    Route(
        "/settings/passkeys/{passkey_id:id}/remove",
        passkeys.remove,
        name="passkey_remove",
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
