"""Share the desk: finds, books and accounts for shared rooms, workshops and tools.

The map, floor by floor. Imports point down only; `tests/test_architecture.py` holds us to it.

8  app, jobs, demo,          wiring: routes, middleware, the timetable, the demonstration, backups, the command line; a
   demo_weeks, demo_past,    stand-in for Stripe, which knows nothing of us, nor we of it
   demo_presence, demo_plans,
   demo_series,
   backups,
   commands, __main__,
   stripe_double
7  web, api, dav             the doors: HTML pages, JSON, CalDAV; they never import each other
6  notifications, checks,    reads events, writes and delivers messages; the invariants; files of other systems, history
   importing, leaving        too; ending one's own account; these never import each other
5  search, payments,         what is free where; cards; presence and figures; feeds; events told to other
   occupancy, calendars,     programs; these never import each other
   webhooks
4  houses, guests            managers set up their own house: what may change, its history, undo; booking without an
                             account: proof of an address, private pages
3  reservations              reserving, changing, cancelling, approving; the rules of the house
2  budgets                   Activities and their money; asks pricing for exchange rates
   availability, pricing     free spans; tariffs and quotes
1  members, places, ledger   people and roles; entities, venues, resources, units; accounts and transfers
0  errors, clock, timespan,  know nothing of the domain
   money, forms, db, records,
   events,
   i18n, limits, guards,
   migrating, sqlite_backend, postgres_backend,
   convertors, outbound, paper, pictures,
   picture_worker, plan_worker,
   plan_paths, asker, marks
"""
