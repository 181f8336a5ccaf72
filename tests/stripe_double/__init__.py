"""The double of Stripe, driven by Stripe's own library over real HTTP."""
