"""Stripe's error objects, as its API answers them."""

from __future__ import annotations

from typing import Any

DOCS = "https://docs.stripe.com/error-codes#"


class ApiError(Exception):
    """An answer that says no.

    `keep` says that what happened before it stands: a declined card leaves a failed charge. `executed` is false where
    the request was turned down before it began; Stripe keeps no answer for its idempotency key then.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keep: bool = False,
        executed: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keep = keep
        self.executed = executed
        self.error: dict[str, Any] = {"message": message, "type": type}
        if code:
            self.error |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
        if param:
            self.error["param"] = param
        self.error |= {name: value for name, value in more.items() if value is not None}

    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def missing(kind: str, id: str, param: str = "id") -> ApiError:
    """Nothing of this name in this account."""
    return ApiError(404, f"No such {kind}: '{id}'", code="resource_missing", param=param)


def wrong(message: str, param: str, code: str | None = None) -> ApiError:
    """A parameter that cannot be right; nothing was begun."""
    return ApiError(400, message, code=code, param=param, executed=False)


def unexpected_state(kind: str, thing: dict[str, Any], message: str) -> ApiError:
    """The thing's state does not allow it. `kind` is payment_intent or setup_intent."""
    error = ApiError(400, message, code=f"{kind}_unexpected_state")
    error.error[kind] = thing
    return error
