"""Secrets on their way: read once, sealed for what is written, revealed for the request body alone."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gpuspec.errors import SecretMissing
from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.secret import AnySecret, Literal, OutOfReach, Revealed, Secret, SecretRef
from gpuspec.model.values import Env, Fields, FieldValue
from gpuspec.ports import Sealer, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """What could be read of the secrets that a run knows, by reference; the rest is in `missing`, with the error."""

    texts: Mapping[SecretRef, str] = field(repr=False)
    missing: Mapping[SecretRef, SecretMissing]

    def reveal(self, secret: Secret) -> Revealed:
        """The secret's text.

        Raises:
            SecretMissing: A part of it is not at hand.
        """
        pieces = tuple(self._text(part) for part in secret.parts)
        return Revealed(text="".join(pieces), pieces=pieces)

    def _text(self, part: SecretRef | Literal) -> str:
        if isinstance(part, Literal):
            return part.text
        if part in self.missing:
            raise self.missing[part]
        return self.texts[part]


def read_secrets(instances: Iterable[Instance], secrets: Secrets) -> Vault:
    """Read every secret that these instances refer to, each once; what is not at hand is kept as its error."""
    texts: dict[SecretRef, str] = {}
    missing: dict[SecretRef, SecretMissing] = {}
    wanted = {ref for instance in instances for secret in _secrets(instance.fields) for ref in secret.refs}
    for ref in sorted(wanted, key=str):
        try:
            texts[ref] = secrets.read(ref)
        except SecretMissing as error:
            missing[ref] = error
    return Vault(texts=texts, missing=missing)


def sealed(instances: Mapping[Address, Instance], vault: Vault, sealer: Sealer) -> dict[Address, Instance]:
    """The instances with each secret sealed, or marked out of reach: what may be compared, shown and written."""

    def seal(secret: AnySecret) -> AnySecret:
        if not isinstance(secret, Secret):
            return secret
        absent = tuple(ref for ref in secret.refs if ref in vault.missing)
        return OutOfReach(refs=absent) if absent else sealer.seal(vault.reveal(secret).text)

    return {
        address: dataclasses.replace(
            instance, fields=_mapped(instance.fields, seal), references=_references(instance.fields)
        )
        if _holds_secrets(instance.fields)
        else instance
        for address, instance in instances.items()
    }


def revealed(fields: Fields, vault: Vault) -> Fields:
    """The fields with each secret's text in place: for the request body and nothing else.

    Raises:
        SecretMissing: One is not at hand; all that are missing are named.
    """
    absent = {ref: vault.missing[ref] for secret in _secrets(fields) for ref in secret.refs if ref in vault.missing}
    if len(absent) > 1:
        names = ", ".join(f"`{ref}`" for ref in absent)
        message = f"These secrets are not at hand: {names}."
        raise SecretMissing(message, hint="set them all, then apply again; nothing was sent.")
    return _mapped(fields, lambda secret: vault.reveal(secret) if isinstance(secret, Secret) else secret)


def _holds_secrets(fields: Fields) -> bool:
    return next(iter(_secrets(fields)), None) is not None


def _secrets(fields: Fields) -> Iterable[Secret]:
    for value in fields.values():
        if isinstance(value, Secret):
            yield value
        # Only envs can hold secrets, and a list holds items of one kind.
        elif isinstance(value, tuple) and value and isinstance(value[0], Env):
            yield from (item.value for item in value if isinstance(item, Env) and isinstance(item.value, Secret))


def _references(fields: Fields) -> Mapping[str, tuple[SecretRef, ...]]:
    """What each secret is read from, by field or `envs.KEY`; a secret that stands in the spec itself has no entry."""
    found: dict[str, tuple[SecretRef, ...]] = {}
    for name, value in fields.items():
        if isinstance(value, Secret):
            found[name] = value.refs
        elif isinstance(value, tuple):
            envs = (item for item in value if isinstance(item, Env))
            found |= {f"{name}.{env.key}": env.value.refs for env in envs if isinstance(env.value, Secret)}
    return {name: references for name, references in found.items() if references}


def _mapped(fields: Fields, change: Callable[[AnySecret], AnySecret]) -> Fields:
    def mapped(value: FieldValue) -> FieldValue:
        if isinstance(value, AnySecret):
            return change(value)
        if isinstance(value, tuple) and value and isinstance(value[0], Env):
            return tuple(_with_value(env, change) for env in value if isinstance(env, Env))
        return value

    # Most instances hold no secret: they keep their own mapping.
    if not _holds_secrets(fields):
        return fields
    return {name: mapped(value) for name, value in fields.items()}


def _with_value(env: Env, change: Callable[[AnySecret], AnySecret]) -> Env:
    return env if isinstance(env.value, str) else Env(key=env.key, value=change(env.value))
