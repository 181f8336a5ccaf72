"""Share the desk: finds, books and accounts for shared rooms, workshops and tools.

The map, floor by floor. Imports point down only; `tests/test_architecture.py` holds us to it.

7  app, jobs, demo,          wiring: routes, middleware, the timetable, the demonstration, the invariants,
   demo_presence, checks,    the command line
   commands, __main__
6  web, api, dav             the doors: HTML pages, JSON, CalDAV; they never import each other
5  notifications, importing  reads events, writes and delivers messages; files of other systems, history too;
                             these never import each other
4  search, payments,         what is free where; cards; presence and figures; feeds; events told to other
   occupancy, calendars,     programs; these never import each other
   webhooks
3  reservations              reserving, changing, cancelling, approving; the rules of the house
2  budgets                   Activities and their money; asks pricing for exchange rates
   availability, pricing     free spans; tariffs and quotes
1  members, places, ledger   people and roles; entities, venues, resources, units; accounts and transfers
0  errors, clock, timespan,  know nothing of the domain
   money, forms, db, events,
   i18n, limits, guards,
   migrating, sqlite_backend,
   convertors, outbound, pictures,
   picture_worker
"""
