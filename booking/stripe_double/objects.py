"""New objects with every key that Stripe's have; tests/stripe_double/test_shapes.py holds them to its own examples."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from booking.stripe_double.cards import Card
from booking.stripe_double.store import LETTERS, Thing, new_id

FEE_SHARE, FEE_FIXED = Decimal("0.015"), 25  # of the demonstration; real fees are in the contract with Stripe
CAPTURE_WITHIN_SECONDS = 7 * 24 * 3600
EVIDENCE_WITHIN_SECONDS = 9 * 24 * 3600
AVAILABLE_AFTER_SECONDS = 7 * 24 * 3600
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy",
    "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
    "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation",
    "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def nothing(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names)


def address() -> Thing:
    return nothing("city", "country", "line1", "line2", "postal_code", "state")


def billing(name: str | None = None, email: str | None = None) -> Thing:
    return {"address": address(), "email": email, "name": name, "phone": None, "tax_id": None}


def fingerprint(card: Card) -> str:
    """The same for the same card; made of what is remembered, so that no number can be read from it."""
    seed = f"{card.brand}{card.last4}{card.behaviour}{card.country}{card.funding}"
    value = sum(ord(letter) * 131**place for place, letter in enumerate(seed))
    made = ""
    for _ in range(16):
        value, rest = divmod(value, len(LETTERS))
        made += LETTERS[rest]
    return made


def payment_method(
    card: Card, *, month: int, year: int, name: str | None, email: str | None, at: int
) -> Thing:
    return {
        "id": new_id("pm"), "object": "payment_method", "allow_redisplay": "unspecified",
        "billing_details": billing(name, email),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country, "display_brand": card.brand, "exp_month": month, "exp_year": year,
            "fingerprint": fingerprint(card), "funding": card.funding, "generated_from": None,
            "last4": card.last4, "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated", "three_d_secure_usage": {"supported": True}, "wallet": None,
        },
        "created": at, "customer": None, "customer_account": None, "livemode": False, "metadata": {},
        "type": "card",
    }  # fmt: skip


def payment_intent(*, amount: int, currency: str, capture_method: str, at: int, **given: Any) -> Thing:
    id = new_id("pi")
    return {
        "id": id, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": None,
        "application_fee_amount": None, "automatic_payment_methods": None, "canceled_at": None,
        "cancellation_reason": None, "capture_method": capture_method,
        "client_secret": f"{id}_{new_id('secret')}", "confirmation_method": "automatic", "created": at,
        "currency": currency, "customer": None, "customer_account": None, "description": None,
        "excluded_payment_method_types": None, "last_payment_error": None, "latest_charge": None,
        "livemode": False, "managed_payments": None, "metadata": {}, "next_action": None, "on_behalf_of": None,
        "payment_method": None, "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"installments": None, "mandate_options": None, "network": None,
                                            "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"], "processing": None, "receipt_email": None, "review": None,
        "setup_future_usage": None, "shipping": None, "source": None, "statement_descriptor": None,
        "statement_descriptor_suffix": None, "status": "requires_payment_method", "transfer_data": None,
        "transfer_group": None,
    } | given  # fmt: skip


def setup_intent(*, at: int, **given: Any) -> Thing:
    id = new_id("seti")
    return {
        "id": id, "object": "setup_intent", "application": None, "automatic_payment_methods": None,
        "cancellation_reason": None, "client_secret": f"{id}_{new_id('secret')}", "created": at,
        "customer": None, "customer_account": None, "description": None,
        "excluded_payment_method_types": None, "flow_directions": None, "last_setup_error": None,
        "latest_attempt": None, "livemode": False, "mandate": None, "metadata": {}, "next_action": None,
        "on_behalf_of": None, "payment_method": None, "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"mandate_options": None, "network": None,
                                            "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"], "single_use_mandate": None, "status": "requires_payment_method",
        "usage": "off_session",
    } | given  # fmt: skip


def customer(*, at: int, **given: Any) -> Thing:
    return {
        "id": new_id("cus", 14), "object": "customer", "address": None, "balance": 0, "created": at,
        "currency": None, "default_source": None, "delinquent": False, "description": None, "discount": None,
        "email": None, "invoice_prefix": new_id("X", 8)[2:].upper(),
        "invoice_settings": nothing("custom_fields", "default_payment_method", "footer", "rendering_options"),
        "livemode": False, "metadata": {}, "name": None, "next_invoice_sequence": 1, "phone": None,
        "preferred_locales": [], "shipping": None, "tax_exempt": "none", "test_clock": None,
    } | given  # fmt: skip


def charge(intent: Thing, method: Thing, *, base: str, at: int, authenticated: bool) -> Thing:
    """The charge of an intent, authorised and not captured."""
    id = new_id("ch")
    card = method["card"]
    secure = None
    if authenticated:
        secure = nothing("electronic_commerce_indicator", "exemption_indicator", "result_reason") | {
            "authentication_flow": "challenge", "result": "authenticated", "transaction_id": new_id("dst", 16),
            "version": "2.2.0",
        }  # fmt: skip
    return {
        "id": id, "object": "charge", "amount": intent["amount"], "amount_captured": 0, "amount_refunded": 0,
        "application": None, "application_fee": None, "application_fee_amount": None,
        "balance_transaction": None, "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "DOUBLE", "captured": False, "created": at,
        "currency": intent["currency"], "customer": intent["customer"], "description": intent["description"],
        "disputed": False, "failure_balance_transaction": None, "failure_code": None, "failure_message": None,
        "fraud_details": {}, "livemode": False, "metadata": dict(intent["metadata"]), "on_behalf_of": None,
        "outcome": {
            "advice_code": None, "network_advice_code": None, "network_decline_code": None,
            "network_status": "approved_by_network", "reason": None, "risk_level": "normal",
            "seller_message": "Payment complete.", "type": "authorized",
        },
        "paid": True, "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": {
            "card": {
                "amount_authorized": intent["amount"], "authorization_code": None, "brand": card["brand"],
                "checks": card["checks"], "country": card["country"], "exp_month": card["exp_month"],
                "exp_year": card["exp_year"], "extended_authorization": {"status": "disabled"},
                "fingerprint": card["fingerprint"], "funding": card["funding"],
                "incremental_authorization": {"status": "unavailable"}, "installments": None,
                "last4": card["last4"], "mandate": None, "multicapture": {"status": "unavailable"},
                "network": card["brand"], "network_token": {"used": False}, "network_transaction_id": None,
                "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
                "regulated_status": "unregulated", "three_d_secure": secure, "transaction_link_id": None,
                "wallet": None,
            } | ({"capture_before": at + CAPTURE_WITHIN_SECONDS} if intent["capture_method"] == "manual" else {}),
            "type": "card",
        },
        "receipt_email": intent["receipt_email"], "receipt_number": None,
        "receipt_url": f"{base}/receipts/{id}", "refunded": False, "review": None, "shipping": None,
        "source": None, "source_transfer": None, "statement_descriptor": None,
        "statement_descriptor_suffix": None, "status": "succeeded", "transfer_data": None,
        "transfer_group": None,
    }  # fmt: skip


def fee(amount: int) -> int:
    """1.5 % and 0.25 for the demonstration, rounded half up, in minor units."""
    return int((amount * FEE_SHARE).quantize(Decimal(1), ROUND_HALF_UP)) + FEE_FIXED


def balance_transaction(
    type: str,
    amount: int,
    currency: str,
    source: str,
    *,
    at: int,
    fee: int = 0,
    description: str | None = None,
) -> Thing:
    """What a charge, refund or dispute did to the balance. Money that leaves is negative."""
    details = [
        {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees",
         "type": "stripe_fee"}
    ]  # fmt: skip
    return {
        "id": new_id("txn"), "object": "balance_transaction", "amount": amount,
        "available_on": at + AVAILABLE_AFTER_SECONDS if amount > 0 else at, "balance_type": "payments",
        "created": at, "currency": currency, "description": description, "exchange_rate": None, "fee": fee,
        "fee_details": details if fee else [], "net": amount - fee,
        "reporting_category": {"adjustment": "dispute", "refund_failure": "refund_failure"}.get(type, type),
        "source": source, "status": "pending" if amount > 0 else "available", "type": type,
    }  # fmt: skip


def payout(amount: int, currency: str, *, at: int, arrives: int) -> Thing:
    return {
        "id": new_id("po"), "object": "payout", "amount": amount, "application_fee": None,
        "application_fee_amount": None, "arrival_date": arrives, "automatic": True, "balance_transaction": None,
        "created": at, "currency": currency, "description": "STRIPE PAYOUT", "destination": new_id("ba"),
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "livemode": False,
        "metadata": {}, "method": "standard", "original_payout": None, "payout_method": None,
        "reconciliation_status": "completed", "reversed_by": None, "source_type": "card",
        "statement_descriptor": None, "status": "in_transit", "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }  # fmt: skip


def refund(charge: Thing, amount: int, *, at: int, reason: str | None, metadata: Thing) -> Thing:
    return {
        "id": new_id("re"), "object": "refund", "amount": amount, "balance_transaction": None,
        "charge": charge["id"], "created": at, "currency": charge["currency"], "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                                         "type": "refund"}, "type": "card"},
        "metadata": metadata, "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"], "reason": reason, "receipt_number": None,
        "source_transfer_reversal": None, "status": "succeeded", "transfer_reversal": None,
    }  # fmt: skip


def dispute(charge: Thing, reason: str, *, at: int) -> Thing:
    card = charge["payment_method_details"]["card"]
    return {
        "id": new_id("dp"), "object": "dispute", "amount": charge["amount_captured"],
        "balance_transactions": [], "charge": charge["id"], "created": at, "currency": charge["currency"],
        "enhanced_eligibility_types": [], "evidence": nothing(*EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {"due_by": at + EVIDENCE_WITHIN_SECONDS, "enhanced_eligibility": {},
                             "has_evidence": False, "past_due": False, "submission_count": 0},
        "is_charge_refundable": False, "livemode": False, "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": {"brand": card["brand"], "case_type": "chargeback",
                                            "network": card["brand"], "network_reason_code": "10.4"},
                                   "type": "card"},
        "reason": reason, "status": "needs_response",
    }  # fmt: skip


def webhook_endpoint(url: str, events: list[str], *, at: int, **given: Any) -> Thing:
    return {
        "id": new_id("we"), "object": "webhook_endpoint", "api_version": None, "application": None,
        "created": at, "description": None, "enabled_events": events, "livemode": False, "metadata": {},
        "status": "enabled", "url": url,
    } | given  # fmt: skip


def session(*, base: str, mode: str, at: int, expires_at: int, **given: Any) -> Thing:
    id = new_id("cs_test", 58)
    return {
        "id": id, "object": "checkout.session", "adaptive_pricing": None, "after_expiration": None,
        "allow_promotion_codes": None, "amount_subtotal": None, "amount_total": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None, "cancel_url": None, "client_reference_id": None,
        "client_secret": None, "collected_information": None, "consent": None, "consent_collection": None,
        "created": at, "currency": None, "currency_conversion": None, "custom_fields": [],
        "custom_text": nothing("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        "customer": None, "customer_account": None, "customer_creation": None, "customer_details": None,
        "customer_email": None, "discounts": None, "expires_at": expires_at, "integration_identifier": None,
        "invoice": None, "invoice_creation": None, "livemode": False, "locale": None,
        "managed_payments": None, "metadata": {},
        "mode": mode, "origin_context": None, "payment_intent": None, "payment_link": None,
        "payment_method_collection": "always", "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"], "payment_status": "unpaid", "permissions": None,
        "phone_number_collection": {"enabled": False}, "recovered_from": None,
        "saved_payment_method_options": None, "setup_intent": None, "shipping_address_collection": None,
        "shipping_cost": None, "shipping_options": [], "status": "open", "submit_type": None,
        "subscription": None, "success_url": None, "total_details": None, "ui_mode": "hosted_page",
        "url": f"{base}/c/pay/{id}", "wallet_options": None,
    } | given  # fmt: skip


def line_item(
    name: str, description: str | None, unit_amount: int, quantity: int, currency: str, *, at: int
) -> Thing:
    total = unit_amount * quantity
    return {
        "id": new_id("li"), "object": "item", "adjustable_quantity": None, "amount_discount": 0,
        "amount_subtotal": total, "amount_tax": 0, "amount_total": total, "currency": currency,
        "description": name, "metadata": {},
        "price": {
            "id": new_id("price"), "object": "price", "active": False, "billing_scheme": "per_unit",
            "created": at, "currency": currency, "custom_unit_amount": None, "livemode": False,
            "lookup_key": None, "metadata": {}, "nickname": None, "product": new_id("prod", 14),
            "recurring": None, "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None,
            "type": "one_time", "unit_amount": unit_amount, "unit_amount_decimal": str(unit_amount),
        },
        "quantity": quantity,
    }  # fmt: skip


def day(at: int) -> str:
    """A moment for people, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %Y %H:%M:%S")


def year_and_month(at: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.year, moment.month
