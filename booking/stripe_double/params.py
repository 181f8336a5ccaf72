"""Form-encoded requests with nested keys, `line_items[0][price_data][currency]=eur`, read with Stripe's complaints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from booking.stripe_double.errors import wrong

METADATA_KEYS_MAX, METADATA_KEY_MAX, METADATA_VALUE_MAX = 50, 40, 500


def parsed(text: str) -> dict[str, Any]:
    """Nested keys as dicts and lists: "a[b]=1&c[0]=x&d[]=y" -> {"a": {"b": "1"}, "c": ["x"], "d": ["y"]}."""
    top: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        here = top
        steps = [first, *rest]
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            key = str(len(here)) if step == "" else step
            if following is None:
                here[key] = value
                continue
            below = here.setdefault(key, {})
            if not isinstance(below, dict):
                raise wrong("Invalid request: a parameter is both a value and an object.", name)
            here = below
    return {key: _listed(value) for key, value in top.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(each) for key, each in value.items()}


class Params:
    """What a call was given. Reading a name marks it as known; `done()` complains about the others, as Stripe does."""

    def __init__(self, given: dict[str, Any], path: str = "") -> None:
        self.given = given
        self.path = path
        self.known: set[str] = set()
        self.below: list[Params] = []

    def name(self, name: str) -> str:
        return f"{self.path}[{name}]" if self.path else name

    def raw(self, name: str) -> Any:
        self.known.add(name)
        return self.given.get(name)

    def has(self, name: str) -> bool:
        return name in self.given

    def need(self, name: str) -> None:
        if self.given.get(name) is None:
            full = self.name(name)
            raise wrong(f"Missing required param: {full}.", full, "parameter_missing")

    def text(self, name: str, default: str | None = None, *, required: bool = False, most: int = 5000) -> Any:
        """A text; an empty one is refused, as Stripe refuses it. Raises ApiError."""
        if required:
            self.need(name)
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise wrong(f"Invalid string: {value}", self.name(name))
        if value == "":
            raise wrong(
                f"You passed an empty string for '{self.name(name)}'. We assume empty values are an attempt to unset "
                f"a parameter; however '{self.name(name)}' cannot be unset.",
                self.name(name),
                "parameter_invalid_empty",
            )
        if len(value) > most:
            raise wrong(f"Invalid string: must be at most {most} characters", self.name(name))
        return value

    def integer(
        self, name: str, default: int | None = None, *, required: bool = False, least: int = 0
    ) -> Any:
        if required:
            self.need(name)
        value = self.raw(name)
        if value is None:
            return default
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise wrong(f"Invalid integer: {value}", self.name(name), "parameter_invalid_integer") from None
        if number < least:
            raise wrong(
                f"This value must be greater than or equal to {least}.",
                self.name(name),
                "parameter_invalid_integer",
            )
        return number

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise wrong(f"Invalid boolean: {value}", self.name(name))
        return value == "true"

    def choice(self, name: str, options: Sequence[str], default: str | None = None) -> Any:
        value = self.raw(name)
        if value is None:
            return default
        if value not in options:
            raise wrong(f"Invalid {name}: must be one of {', '.join(options)}", self.name(name))
        return value

    def texts(self, name: str) -> list[str]:
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong("Invalid array", self.name(name))
        return [str(each) for each in value]

    def part(self, name: str) -> Params:
        """What lies below a name, empty when it was not given."""
        value = self.raw(name)
        if value in (None, ""):
            value = {}
        if not isinstance(value, dict):
            raise wrong(f"Invalid object: {value}", self.name(name), "parameter_invalid_object")
        return self._below(value, self.name(name))

    def parts(self, name: str) -> list[Params]:
        value = self.raw(name)
        if value in (None, ""):
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise wrong("Invalid array", self.name(name))
        return [self._below(each, f"{self.name(name)}[{number}]") for number, each in enumerate(value)]

    def _below(self, value: dict[str, Any], path: str) -> Params:
        part = Params(value, path)
        self.below.append(part)
        return part

    def metadata(self, old: dict[str, str] | None = None) -> dict[str, str]:
        """The old keys with the new ones; an empty value takes a key away, an empty parameter all of them."""
        value = self.raw("metadata")
        if value == "":
            return {}
        if value is None:
            return dict(old or {})
        if not isinstance(value, dict):
            raise wrong("Invalid object", self.name("metadata"), "parameter_invalid_object")
        merged = dict(old or {}) | {str(key): str(each) for key, each in value.items()}
        merged = {key: each for key, each in merged.items() if each != ""}
        for key, each in merged.items():
            if len(key) > METADATA_KEY_MAX or len(each) > METADATA_VALUE_MAX:
                raise wrong(
                    f"Metadata keys can be up to {METADATA_KEY_MAX} characters long and values up to "
                    f"{METADATA_VALUE_MAX}.",
                    self.name(f"metadata[{key}]"),
                )
        if len(merged) > METADATA_KEYS_MAX:
            raise wrong(f"Metadata can have at most {METADATA_KEYS_MAX} keys.", self.name("metadata"))
        return merged

    def accept(self, names: Iterable[str]) -> None:
        """Parameters of Stripe's that change nothing here."""
        self.known |= set(names)

    def done(self) -> None:
        """Raise ApiError about the first parameter that nobody knows."""
        for name in self.given:
            if name not in self.known:
                full = self.name(name)
                raise wrong(f"Received unknown parameter: {full}", full, "parameter_unknown")
        for part in self.below:
            part.done()
