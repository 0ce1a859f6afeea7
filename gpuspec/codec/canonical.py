"""One spelling a value: JSON with sorted keys and no blanks, so that equal data gives equal bytes and digests."""

import hashlib
import json

from gpuspec.codec.values import encode_fields
from gpuspec.model.project import JsonValue
from gpuspec.model.values import Fields

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def canonical(data: JsonValue) -> bytes:
    """The data as UTF-8, keys sorted, without blanks."""
    try:
        return _ENCODER.encode(data).encode()
    except UnicodeEncodeError:
        # A lone surrogate, which a service may send in a name, has no UTF-8; as an escape it comes back as it was.
        return _ASCII_ENCODER.encode(data).encode()


def fields_digest(fields: Fields) -> str:
    """The sha256 of the fields, in hex. Secrets must be sealed."""
    return hashlib.sha256(canonical(encode_fields(fields))).hexdigest()
