"""The doors for programs: JSON under /api/v1, with a bearer token; and the door at which Stripe knocks.

Knows: how a request is read, who asks, what a program is told, and that a request sent twice is done once. Refuses to
know: rules, prices, money; they never import the pages. The table in `routes.py` says everything about each operation;
the description (`/api/v1/openapi.json`) is made from it and from the shapes, and so cannot say anything else.
"""
