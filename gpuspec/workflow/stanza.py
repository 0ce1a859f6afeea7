"""A live instance to the stanza that would make one like it, in a spec of the project."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuspec.errors import GpuspecError, Refused, SpecFaults
from gpuspec.model.address import Address
from gpuspec.model.field import Kind
from gpuspec.model.fields import FIELDS
from gpuspec.model.live import LiveInstance
from gpuspec.model.plan import Absence
from gpuspec.model.secret_names import looks_secret
from gpuspec.model.values import Env, FieldValue, Mount, Port
from gpuspec.planning.normal import effective
from gpuspec.ports import NotReadable
from gpuspec.spec.yamltext.edit import with_stanza
from gpuspec.workflow.files import read_bytes
from gpuspec.workflow.rewrite import rewrite
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import Asked, Loaded, load_specs

# What a secret of the environment can be called.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

# A map as the lines of a YAML block that no template renders.
Layout = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A spec with a stanza more: the specs as they are then, and what is written where."""

    loaded: Loaded
    path: Path
    before: bytes
    after: bytes
    stanza: str


def edit_for(
    offline: Offline, asked: Asked, loaded: Loaded, *, file: str, address: Address, live: LiveInstance, layout: Layout
) -> Edit:
    """The edit that gives this address what is live, tried out and not yet written.

    Raises:
        Refused: The file is none of the specs, or can't be edited without changing more than that; the message has
            the stanza.
    """
    stanza = _laid_out(layout, {address: _stanza(address, live)}, mark=offline.randomness.nonce())
    inside = _inside(offline, loaded, file)
    path = offline.home.folder / inside
    before = read_bytes(path)
    if isinstance(before, NotReadable):
        raise _refused(f"{file}: {before.message}", stanza)
    tree = next(one.tree for one, name in zip(loaded.specs.examined, loaded.specs.files, strict=True) if name == inside)
    text = with_stanza(before.decode("utf-8", "surrogateescape"), tree, stanza)
    if text is None:
        raise _refused(f"`instances` in {file} is no plain block of stanzas.", stanza)
    after = text.encode("utf-8", "surrogateescape")
    return Edit(
        loaded=_proven(offline, asked, loaded, {inside: after}, address=address, stanza=stanza),
        path=path,
        before=before,
        after=after,
        stanza=stanza,
    )


def refuse_moved(edit: Edit) -> None:
    """Refuse to go on where somebody else has edited the file meanwhile.

    Raises:
        Refused: Somebody has.
    """
    if read_bytes(edit.path) != edit.before:
        raise _refused(f"{edit.path.name} changed while you were asked.", edit.stanza)


def write(edit: Edit) -> None:
    """Put the edited file in place of the one there, whole and with its permissions.

    Raises:
        GpuspecError: It can't be written; the record is there already, so the message has the stanza.
    """
    try:
        rewrite(edit.path, edit.after)
    except OSError as error:
        message = f"The instance is recorded, but {edit.path} could not be written: {error.strerror or error}."
        raise GpuspecError(message, hint=_paste(edit.stanza)) from error


def _inside(offline: Offline, loaded: Loaded, file: str) -> str:
    try:
        inside = Path(file).resolve().relative_to(offline.home.folder).as_posix()
    except (OSError, ValueError, RuntimeError):
        inside = ""
    if inside in loaded.named:
        return inside
    message = f"`--write {file}` names none of the specs that were read."
    hint = f"name one of them: {', '.join(sorted(loaded.named)) or 'none is a file'}"
    raise Refused(message, reason="not-in-spec", hint=hint)


def _proven(
    offline: Offline, asked: Asked, loaded: Loaded, edits: Mapping[str, bytes], *, address: Address, stanza: str
) -> Loaded:
    """The specs after the edit, if it adds this address and changes nothing else."""
    try:
        edited = load_specs(offline, asked, edits=edits)
    except SpecFaults as faults:
        first = faults.problems[0].message
        raise _refused(f"With its stanza the spec would have a fault: {first}", stanza) from faults
    others = {name: instance for name, instance in edited.specs.instances.items() if name != address}
    if address not in edited.specs.instances or others != dict(loaded.specs.instances):
        raise _refused("The stanza can't be added without changing what the rest of the spec means.", stanza)
    return edited


def _stanza(address: Address, live: LiveInstance) -> dict[str, Any]:
    """What the API shows, in the spec's words; what holds without being written is left out."""
    stanza: dict[str, Any] = {}
    for name, field in FIELDS.items():
        value = live.fields.get(name)
        if value is None or effective(field, value) in (effective(field, None), Absence.ABSENT):
            continue
        if (name == "name" and value == address) or (field.kind is Kind.ENVS and not live.envs_shown):
            continue
        stanza[name] = _plain(value)
    return stanza


def _plain(value: FieldValue) -> Any:
    if not isinstance(value, tuple):
        return value
    envs = {item.key: str(item.value) for item in value if isinstance(item, Env)}
    mounts = [{"Id": item.id, "mountPoint": item.mount_point} for item in value if isinstance(item, Mount)]
    return envs or mounts or [str(item) for item in value if isinstance(item, Port)]


def _laid_out(layout: Layout, document: dict[str, Any], *, mark: str) -> str:
    """The stanza as text. What has a secret's name is not written into a file that goes to git: it is referred to.

    Args:
        mark: Something that stands nowhere in the stanza, in the place of a reference until the rest was laid out.
    """
    ((_, stanza),) = document.items()
    envs: dict[str, str] = stanza.get("envs", {})
    hidden = [key for key in envs if looks_secret(key) and _NAME.fullmatch(key)]
    shown = {key: value for key, value in envs.items() if not looks_secret(key)}
    if envs:
        stanza["envs"] = shown | {key: f"s{mark}-{number}" for number, key in enumerate(hidden)}
    text = layout(document)
    for number, key in reversed([*enumerate(hidden)]):
        text = text.replace(f"s{mark}-{number}", f"\"{{{{ secret('env:{key}') }}}}\"")
    return text


def _refused(message: str, stanza: str) -> Refused:
    return Refused(message, reason="not-written", hint=_paste(stanza))


def _paste(stanza: str) -> str:
    return f"put it below `instances` yourself, then import without `--write`:\n{stanza.rstrip()}"
