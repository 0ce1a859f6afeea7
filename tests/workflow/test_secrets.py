"""Secrets on their way: read once, sealed for what is written, revealed for the request body alone."""

from collections.abc import Mapping

import pytest

from gpuspec.cloud.wire import secrets_of
from gpuspec.errors import SecretMissing
from gpuspec.model.secret import Literal, OutOfReach, Revealed, Sealed, Secret, SecretRef
from gpuspec.store.seal import HmacSealer
from gpuspec.workflow.secrets import read_secrets, revealed, sealed
from tests.builders.planning import an_instance, envs

TOKEN, LOGIN = SecretRef(kind="env", name="TOKEN"), SecretRef(kind="env", name="LOGIN")
URL = Secret(parts=(Literal(text="db://me:"), TOKEN, Literal(text="@host")))
INSTANCE = an_instance("a", imageAuth=Secret(parts=(LOGIN,)), envs=envs(URL=URL, RUN="first"))
SEALER = HmacSealer(b"k" * 32)


class Counting:
    """Secrets as a test has them at hand, counting how often each is read."""

    def __init__(self, **texts: str) -> None:
        self._texts: Mapping[str, str] = texts
        self.read_: list[str] = []

    def read(self, ref: SecretRef) -> str:
        self.read_.append(ref.name)
        if ref.name not in self._texts:
            raise SecretMissing(f"`{ref}` is not at hand.")
        return self._texts[ref.name]


def test_each_secret_is_read_once() -> None:
    """However many instances refer to it."""
    secrets = Counting(TOKEN="t", LOGIN="l")

    read_secrets([INSTANCE, INSTANCE], secrets)

    assert secrets.read_ == ["LOGIN", "TOKEN"]


def test_a_request_body_has_the_texts() -> None:
    """Alone or with text round them; what is no secret stays as it is."""
    vault = read_secrets([INSTANCE], Counting(TOKEN="t", LOGIN="l"))

    fields = revealed(INSTANCE.fields, vault)

    assert fields["imageAuth"] == Revealed(text="l")
    assert fields["envs"] == envs(URL=Revealed(text="db://me:t@host"), RUN="first")
    assert fields["productId"] == INSTANCE.fields["productId"]


def test_a_secret_with_text_round_it_is_known_by_itself_too() -> None:
    """A service may quote the password of a database's URL and not the URL; what is short is a word like others."""
    instance = an_instance("a", envs=envs(URL=URL, PIN=Secret(parts=(Literal(text="no. "), LOGIN))))
    vault = read_secrets([instance], Counting(TOKEN="hunter2", LOGIN="1234"))

    fields = revealed(instance.fields, vault)

    assert secrets_of(fields) == ("db://me:hunter2@host", "db://me:", "hunter2", "no. 1234")


def test_what_is_written_has_seals() -> None:
    """Two texts that are equal have equal seals; the texts themselves are nowhere."""
    vault = read_secrets([INSTANCE], Counting(TOKEN="t", LOGIN="db://me:t@host"))

    fields = sealed({"a": INSTANCE}, vault, SEALER)["a"].fields

    assert isinstance(fields["imageAuth"], Sealed)
    assert fields["envs"] == envs(URL=fields["imageAuth"], RUN="first")
    assert "db://" not in repr(fields)


def test_a_secret_that_is_missing_is_out_of_reach_for_comparing() -> None:
    """It is named by what it refers to, and the rest is sealed."""
    vault = read_secrets([INSTANCE], Counting(LOGIN="l"))

    fields = sealed({"a": INSTANCE}, vault, SEALER)["a"].fields

    assert fields["envs"] == envs(URL=OutOfReach(refs=(TOKEN,)), RUN="first")
    assert isinstance(fields["imageAuth"], Sealed)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"LOGIN": "l"}, "`env:TOKEN` is not at hand."),
        ({}, "These secrets are not at hand: `env:LOGIN`, `env:TOKEN`."),
    ],
)
def test_a_request_that_needs_what_is_missing_is_not_made(texts: Mapping[str, str], message: str) -> None:
    """All that are missing are named at once."""
    vault = read_secrets([INSTANCE], Counting(**texts))

    with pytest.raises(SecretMissing) as raised:
        revealed(INSTANCE.fields, vault)

    assert sorted(raised.value.message.split("`")) == sorted(message.split("`"))


def test_a_vault_tells_nothing_of_what_it_holds() -> None:
    """Not in its `repr`, which a traceback may show."""
    vault = read_secrets([INSTANCE], Counting(TOKEN="hunter2", LOGIN="l"))

    assert "hunter2" not in repr(vault)
    assert "hunter2" not in repr(revealed(INSTANCE.fields, vault))
