"""Stripe's error objects, each with the status code that Stripe answers it with."""

from collections.abc import Mapping
from typing import Any

DOCS = "https://stripe.com/docs/error-codes"


class ApiError(Exception):
    """An answer other than 200. ``replayed``: whether an idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        replayed: bool = False,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.replayed = replayed
        self.error: dict[str, Any] = {"message": message, "type": kind}
        if code:
            self.error |= {"code": code, "doc_url": f"{DOCS}/{code.replace('_', '-')}"}
        if param:
            self.error["param"] = param
        self.error |= extra or {}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A parameter that does not hold: 400, and never remembered by an idempotency key."""
    return ApiError(400, message, param=param, code=code)


def missing_parameter(param: str) -> ApiError:
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def unknown_parameter(param: str) -> ApiError:
    return invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")


def not_played(param: str, call: str) -> ApiError:
    """Stripe knows the parameter, and the sandbox would only pretend to."""
    return ApiError(
        400,
        f"The sandbox does not play the parameter {param} of {call}. Stripe knows it: leave it "
        "out here, or test it in Stripe's own test mode.",
        param=param,
        extra={"code": "sandbox_unsupported_parameter"},
    )


def missing(kind: str, identifier: str, param: str = "id", status: int = 404) -> ApiError:
    name = kind.rsplit(".", 1)[-1]
    return ApiError(status, f"No such {name}: '{identifier}'", param=param, code="resource_missing")


def unexpected_state(message: str, intent: Mapping[str, Any]) -> ApiError:
    """An intent whose status does not allow the call; it carries the intent, as Stripe's does."""
    kind = str(intent["object"])
    return ApiError(
        400,
        message,
        code=f"{kind}_unexpected_state",
        replayed=True,
        extra={kind: intent},
    )


def conflict(message: str, code: str) -> ApiError:
    """The state of an object forbids the call: 400, remembered."""
    return ApiError(400, message, code=code, replayed=True)


def unauthorized(message: str, code: str | None = None) -> ApiError:
    return ApiError(401, message, code=code)


def page_refused(message: str) -> ApiError:
    """A web page sent a secret key."""
    return ApiError(403, message, code="secret_key_not_allowed")


def no_such_account(account: str) -> ApiError:
    """The sandbox is one account; acting for another would quietly mix their objects."""
    return ApiError(
        403,
        f"The provided key does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        code="account_invalid",
    )


def unknown_url(method: str, path: str) -> ApiError:
    return ApiError(
        404,
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
    )


def card_error(
    message: str, code: str, extra: Mapping[str, Any], kind: str = "card_error"
) -> ApiError:
    """The bank said no: 402, remembered."""
    return ApiError(402, message, kind=kind, code=code, replayed=True, extra=extra)


def idempotency_error(message: str) -> ApiError:
    return ApiError(400, message, kind="idempotency_error")


def key_in_use() -> ApiError:
    return ApiError(
        409,
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through).",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def rate_limited() -> ApiError:
    return ApiError(429, "Request rate limit exceeded.", code="rate_limit")


def server_error(status: int = 500) -> ApiError:
    return ApiError(
        status,
        "Sorry! There was an error while talking to one of our backends.",
        kind="api_error",
        replayed=True,
    )
