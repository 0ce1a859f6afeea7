"""Objects on S3, Google Cloud Storage and Azure Blob Storage, through obstore.

Imported only where a shared state is used: obstore is an extra, and it must not be there when a process forks.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, S3Store

from gpuspec.errors import StateError
from gpuspec.model.state_url import StateUrl
from gpuspec.store.files import LARGEST_BYTES
from gpuspec.store.objects import Conflict, Found, Put, Stored, Unclear, Version

# A call and its repetitions end within two minutes, whatever the store does; the state of a large fleet has a minute
# to get through a slow line.
_CLIENT: "ClientConfig" = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)}
_RETRIES = 8
_RETRY_S = 30
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist", re.ASCII)
_REFUSED = re.compile(r"status code: (4[0-9][0-9])", re.ASCII)
_NOT_ALLOWED = frozenset({"401", "403"})
# Too many requests, and a request that took too long: the store may answer the next one.
_PASSING = frozenset({"408", "429"})
_UNKNOWN = "its answer was lost, or it gave none."

if TYPE_CHECKING:
    from obstore.auth.boto3 import Boto3CredentialProvider
    from obstore.store import ClientConfig, RetryConfig

_Client = S3Store | GCSStore | AzureStore


def connect(
    url: StateUrl, *, plain_http: bool = False, aws_session: bool = False, retries: int = _RETRIES
) -> "ObstoreObjects":
    """The objects at this place; nothing is sent yet.

    Args:
        plain_http: Whether the store's endpoint may be one without TLS.
        aws_session: Whether the credentials of S3 are boto3's, which knows profiles; else obstore's own.
        retries: How often a call is sent again after an answer that tells nothing, with longer and longer pauses.

    Raises:
        StateError: There are no credentials, or the store's settings in the environment can't be meant.
    """
    try:
        client = _client(url, plain_http=plain_http, aws_session=aws_session, retries=_patience(retries))
        return ObstoreObjects(str(url), client)
    except StateError:
        raise
    except Exception as error:  # noqa: BLE001 - boto3 has many kinds
        # Its words may quote what was configured.
        message = f"{url} can't be used with the store's settings in the environment ({type(error).__name__})."
        raise StateError(message, hint="check the variables with its endpoint, region and credentials") from None


def _patience(retries: int) -> "RetryConfig":
    return {
        "max_retries": retries,
        "retry_timeout": timedelta(seconds=_RETRY_S),
        "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
    }


def _client(url: StateUrl, *, plain_http: bool, aws_session: bool, retries: "RetryConfig") -> _Client:
    options: ClientConfig = {**_CLIENT, "allow_http": True} if plain_http else _CLIENT
    prefix = url.prefix or None
    match url.scheme:
        case "s3":
            return S3Store(
                url.bucket,
                prefix=prefix,
                client_options=options,
                retry_config=retries,
                credential_provider=_aws_credentials(url) if aws_session else None,
            )
        case "gs":
            return GCSStore(url.bucket, prefix=prefix, client_options=options, retry_config=retries)
        case _:
            return AzureStore(url.bucket, prefix=prefix, client_options=options, retry_config=retries)


def _aws_credentials(url: StateUrl) -> "Boto3CredentialProvider":
    # Half a second of imports, for those who keep their credentials in a profile.
    from gpuspec.store.objects_aws import aws_credentials

    return aws_credentials(str(url))


class ObstoreObjects:
    """`Objects` behind a client of obstore."""

    def __init__(self, name: str, client: _Client) -> None:
        self._name = name
        self._client = client

    @property
    def name(self) -> str:
        """The place's URL."""
        return self._name

    def get(self, key: str) -> Found | None:
        """The object; see `Objects`."""
        try:
            result = obstore.get(self._client, key)
            meta = result.meta
            content = bytes(result.bytes()) if meta["size"] <= LARGEST_BYTES else None
        except FileNotFoundError as error:
            if _NO_BUCKET.search(str(error)):
                raise self._no_bucket() from None
            return None
        except Exception as error:  # noqa: BLE001 - a provider of credentials may raise anything
            raise self._unread(error) from None
        if content is None:
            message = f"{self._name}/{key} has {meta['size']:,} bytes, and at most {LARGEST_BYTES:,} are read."
            raise StateError(message, hint="see whether it is the right place")
        return Found(content=content, version=Version(e_tag=meta["e_tag"] or "", number=meta["version"] or ""))

    def create(self, key: str, content: bytes) -> Put:
        """Store an object where there is none; see `Objects`."""
        return self._put(key, content, None)

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        """Store an object in place of this version; see `Objects`."""
        return self._put(key, content, version)

    def list(self, folder: str) -> Sequence[str]:
        """The keys in the folder, all pages; see `Objects`."""
        try:
            return sorted(str(meta["path"]) for meta in obstore.list(self._client, f"{folder}/").collect())
        except Exception as error:  # noqa: BLE001 - see above
            raise self._unread(error) from None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; see `Objects`."""
        try:
            if keys:
                obstore.delete(self._client, [*keys])
        except FileNotFoundError as error:
            if _NO_BUCKET.search(str(error)):
                raise self._no_bucket() from None
        except Exception as error:  # noqa: BLE001 - see above
            raise self._unread(error) from None

    def _put(self, key: str, content: bytes, version: Version | None) -> Put:
        mode = "create" if version is None else _mode(version)
        try:
            done = obstore.put(self._client, key, content, mode=mode)  # type: ignore[arg-type]
            return Stored(version=Version(e_tag=done["e_tag"] or "", number=done["version"] or ""))
        except (AlreadyExistsError, PreconditionError):
            return Conflict()
        except FileNotFoundError as error:
            # A replacement of what is gone: some stores say 404 where others say 412.
            if version is not None and not _NO_BUCKET.search(str(error)):
                return Conflict()
            raise self._no_bucket() from None
        except Exception as error:  # noqa: BLE001 - see above
            refusal = self._refusal(error)
            if refusal is not None:
                raise refusal from None
            return Unclear(reason=f"{self._name}: {_UNKNOWN}")

    def _unread(self, error: Exception) -> StateError:
        refusal = self._refusal(error)
        if refusal is not None:
            return refusal
        message = f"{self._name} could not be reached: {_UNKNOWN}"
        hint = "check the network, the store's endpoint, and whether its credentials are at hand; then try again"
        return StateError(message, hint=hint)

    def _refusal(self, error: Exception) -> StateError | None:
        """The error of an answer that the next try would get too; its own words are not repeated."""
        text = str(error)
        status = _REFUSED.search(text)
        if _NO_BUCKET.search(text):
            return self._no_bucket()
        if isinstance(error, PermissionDeniedError | UnauthenticatedError) or (status and status[1] in _NOT_ALLOWED):
            message = f"{self._name}: the store refused the credentials that it was shown."
            return StateError(message, hint="allow them to read, write, list and delete there, or use others")
        if isinstance(error, NotSupportedError):
            message = f"{self._name}: the store can't write on a condition, and without that a state can't be shared."
            return StateError(message, hint="keep the state on another store")
        if status is not None and status[1] not in _PASSING:
            message = f"{self._name}: the store refused the request (HTTP status {status[1]})."
            return StateError(message, hint="check the bucket, the region and the credentials")
        return None

    def _no_bucket(self) -> StateError:
        message = f"{self._name}: there is no such bucket, or these credentials can't see it."
        return StateError(message, hint="make it first, or check the name, the region and the endpoint")


def _mode(version: Version) -> dict[str, str]:
    # An empty one must be left out: the store would compare it.
    found = {"e_tag": version.e_tag, "version": version.number}
    return {name: value for name, value in found.items() if value}
