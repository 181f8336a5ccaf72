"""A stand-in for Stripe: small, stateful, over real HTTP, for the demonstration and the tests. It is not Stripe.

It knows what we use of Stripe's API (version 2026-10-28.endive): Checkout Sessions with their page, PaymentIntents,
SetupIntents, customers, saved cards, refunds, disputes, balance transactions, events with signatures, idempotency
keys. It takes Stripe's test card numbers alone, keeps neither a number nor a security code, and charges nobody. What
tests and demonstrations may ask beyond Stripe (events twice, late, in another order; a call that fails; a clock that
moves on) stands under `/_double/`.

It knows nothing of the product, and the product nothing of it: they speak HTTP. docs/payments.md describes it.
"""

from booking.stripe_double.app import create_app

__all__ = ["create_app"]
