"""Reads the JSON body of a request, field by field, as strictly as the service's documentation types it."""

import json
from collections.abc import Mapping

from gpuspec.simulator.refusals import Refusal, bad_parameter


class Body:
    """A JSON object of a request. Keys that nobody reads are ignored, as the service ignores them.

    Args:
        where: What stands before a field's name in a message, like `envs[0].`.
    """

    def __init__(self, data: Mapping[str, object], *, where: str = "") -> None:
        self._data = data
        self._where = where

    def has(self, key: str) -> bool:
        """Whether the field is there; null is a value of the wrong type, not absence."""
        return key in self._data

    def require(self, *keys: str) -> None:
        """Refuse the body if one of these is absent."""
        missing = [self._where + key for key in keys if not self.has(key)]
        if missing:
            raise bad_parameter(f"{', '.join(missing)} is required")

    def text(self, key: str, *, longest: int, shortest: int = 0, default: str = "") -> str:
        """A string of so many characters."""
        value = self._data.get(key, default)
        if not isinstance(value, str):
            raise bad_parameter(f"{self._where}{key} must be a string")
        if not shortest <= len(value) <= longest:
            raise bad_parameter(f"{self._where}{key} must have {shortest} to {longest} characters, not {len(value)}")
        return value

    def whole(self, key: str, *, least: int, most: int, default: int = 0) -> int:
        """An integer between the limits; absent, the default."""
        if key not in self._data:
            return default
        value = self._data[key]
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_parameter(f"{self._where}{key} must be an integer")
        if not least <= value <= most:
            raise bad_parameter(f"{self._where}{key} must be {least} to {most}")
        return value

    def flag(self, key: str) -> bool:
        """A boolean; absent, false."""
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            raise bad_parameter(f"{self._where}{key} must be a boolean")
        return value

    def choice(self, key: str, *, among: tuple[str, ...], default: str = "") -> str:
        """One of some strings; absent or empty, the default."""
        value = self.text(key, longest=255) or default
        if value not in among:
            raise bad_parameter(f"{self._where}{key} must be one of {', '.join(among)}")
        return value

    def record(self, key: str) -> "Body":
        """An object within the object."""
        value = self._data.get(key)
        if not isinstance(value, dict):
            raise bad_parameter(f"{self._where}{key} must be an object")
        return Body(value, where=f"{self._where}{key}.")

    def records(self, key: str, *, most: int) -> tuple["Body", ...]:
        """A list of objects; absent, empty."""
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise bad_parameter(f"{self._where}{key} must be an array of objects")
        if len(value) > most:
            raise bad_parameter(f"{self._where}{key} must have at most {most} items, not {len(value)}")
        return tuple(Body(item, where=f"{self._where}{key}[{index}].") for index, item in enumerate(value))


def body_of(content: bytes) -> Mapping[str, object]:
    """The JSON object in a request's body.

    Raises:
        Refusal: REQUEST, when it is none.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refusal("REQUEST", "the body is not JSON") from error
    if not isinstance(data, dict):
        raise Refusal("REQUEST", "the body is not a JSON object")
    return data
