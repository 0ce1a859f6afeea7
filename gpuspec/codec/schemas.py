"""JSON Schemas of the documents that programs read: state, plan, events."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from gpuspec.codec import events, plan, state
from gpuspec.model.event import EventKind
from gpuspec.model.instance import OnRemove, Power
from gpuspec.model.marker import MarkerMode
from gpuspec.model.plan import ActionKind, Certainty
from gpuspec.model.state import Call, MarkerSeen

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document_schemas() -> Mapping[str, Schema]:
    """Document name -> its schema; the events one describes a line."""
    return {"plan": plan_schema(), "state": state_schema(), "events": events_schema()}


def state_schema() -> Schema:
    """What the state file looks like."""
    properties = {
        **_birth(),
        "serial": _count("Goes up with every write."),
        "seq": _count("The highest journal entry that is in this document."),
        "keyDigest": _text("Recognises the account's API key without telling it; empty until a run used one."),
        "markerSeen": _choice(MarkerSeen, "Where the first created instance showed its marker."),
        "records": _map("Address -> the instance that we made there.", _ref("record")),
        "released": _map("Id -> a machine that we made and no longer hold.", _ref("released")),
        "intents": _map("Nonce -> a create call whose outcome is not known yet.", _ref("openIntent")),
        "orders": _map("Nonce -> a call on a machine that is not through yet.", _ref("openOrder")),
        "tombstones": _map("Nonce -> a create call judged to have made nothing, still looked for.", _ref("tombstone")),
    }
    top = _document("state", "What a state file holds: everything that gpuspec made.", state.VERSION, properties)
    calls = {**_intent_definitions(), **_order_definitions()}
    return {**top, "$defs": {**_record_definitions(), **calls, **_value_definitions()}}


def plan_schema() -> Schema:
    """What `plan --out` writes and `plan --json` prints."""
    properties = {
        "$schema": {"const": plan.SCHEMA, "description": "Names this format."},
        "receipt": {
            **_text("Recognises the plan: lineage, action kinds, addresses, ids and changes."),
            "pattern": "^sha256:[0-9a-f]{64}$",
        },
        **_birth(),
        "serial": _count("The state's serial when the plan was made; 0 before its birth."),
        "madeAt": _instant("When the plan was made."),
        "basis": _ref("basis"),
        "asked": _flag("Whether the API was asked; false for `plan --offline`."),
        "counts": {
            **_object("How many actions there are of each kind.", {kind.value: _count("") for kind in ActionKind}),
        },
        "actions": _array("All actions, in the order in which they would be taken.", _ref("action")),
        "outside": _ref("outside"),
        "warnings": _array("Sentences about the whole plan.", _text("")),
    }
    properties["lineage"] = _text("The state's lineage; empty before its birth.")
    top = _document("plan", "What a run would do, and why.", plan.VERSION, properties)
    return {**top, "$defs": {**_plan_definitions(), **_value_definitions()}}


def events_schema() -> Schema:
    """What each line of `--events FILE` holds."""
    needed = {
        "kind": _choice(EventKind, "What happened."),
        "at": _instant("When it happened."),
    }
    optional = {
        "address": _text("The address that it happened to."),
        "id": _text("The instance's id."),
        "status": _text("The instance's status, in the service's words."),
        "message": _text("A sentence."),
        "seconds": _number("A time left or spent."),
        "total": {"type": "integer", "description": "How many there are in all."},
    }
    return _document("events", "A line of an event stream.", events.VERSION, needed, optional)


def _birth() -> Schema:
    return {
        "lineage": _name("Tells this state from every other; drawn at its birth."),
        "origin": _name("scheme://host[:port] of the API, or `simulator`."),
        "project": _name("The project's name at the state's birth."),
        "environment": _name("The environment; `default` where there are none."),
        "marker": _choice(MarkerMode, "Where an instance carries its marker."),
    }


def _record_definitions() -> Schema:
    record = {
        "id": _name("The instance's id."),
        "nonce": _text("The identity that its marker carries; empty for an instance that we did not make."),
        "source": _text("The spec's path relative to the project folder; empty for standard input."),
        "fields": _fields("As sent."),
        "named": _array("The fields that the spec names itself.", _text("")),
        "lifecycle": _ref("lifecycle"),
        "createdAt": _instant("When it was recorded."),
        "updatedAt": _instant("When the record was last written."),
        "shown": _fields("What the API showed when the record was last written."),
        "ready": _flag("Whether it once reached what a run waited for."),
        "outgoing": _array("Ids of replaced instances still to be deleted.", _text("")),
    }
    rebuilt = {
        "unknown": _array("Fields of a rebuilt record that the API does not show, not filled in yet.", _text(""))
    }
    released = {
        "address": _text("Where it was recorded."),
        "at": _instant("When it was forgotten."),
        "reason": _text("Why."),
    }
    return {
        "record": _object("An instance that we made.", {**record, **rebuilt}, required=record),
        "released": _object("A machine that we made and no longer hold.", released),
        "lifecycle": _object(
            "What is ours about an instance.",
            {
                "protect": _flag("Whether it may not be deleted or replaced."),
                "onRemove": _choice(OnRemove, "What happens when its stanza leaves the spec."),
                "desired": _or_null(_choice(Power, "Whether the machine is to be on; null: nobody's concern.")),
            },
        ),
    }


def _intent_definitions() -> Schema:
    marker = {key: _text("") for key in ("lineage", "project", "environment", "address", "nonce")}
    intent = {
        "call": {"const": Call.CREATE.value, "description": "What was about to be sent."},
        "address": _name("For which address."),
        "marker": _object("What the instance carries so that it can be recognised.", marker),
        "digest": _text("Of the request without its secrets."),
        "at": _instant("When it was about to be sent."),
        "timeoutSeconds": _number("How long it can still have been on its way."),
        "source": _text("The spec's path relative to the project folder; empty for standard input."),
        "fields": _fields("As sent."),
        "named": _array("The fields that the spec names itself.", _text("")),
        "lifecycle": _ref("lifecycle"),
        "replaces": _text("The id of the machine that stays until this one is made; empty where there is none."),
    }
    open_intent = {
        "intent": _ref("intent"),
        "doubtedAt": _or_null(_instant("When its answer was given up.")),
        "reason": _text("Why it is not known what became of it."),
    }
    return {
        "intent": _object("A create call that was about to be sent.", intent),
        "openIntent": _object("A create call whose outcome is not known yet.", open_intent),
        "tombstone": _object(
            "A create call judged to have made nothing.",
            {"intent": _ref("intent"), "judgedAt": _instant("When it was judged.")},
        ),
    }


def _order_definitions() -> Schema:
    calls = [call.value for call in Call if call is not Call.CREATE]
    order = {
        "call": {"description": "What was about to be sent.", "enum": calls},
        "address": _name("For which address."),
        "id": _name("For which machine of the address."),
        "at": _instant("When it was about to be sent."),
        "timeoutSeconds": _number("How long it can still have been on its way."),
        "digest": _text("Of the request without its secrets."),
        "after": {
            **_or_null(_ref("record")),
            "description": "The record once the service has done it; null for `delete`.",
        },
    }
    open_order = {
        "order": _ref("order"),
        "doubtedAt": _or_null(_instant("When its answer was given up.")),
        "obeyedAt": _or_null(_instant("When the service took a `delete`, whose machine is not proven gone yet.")),
        "reason": _text("Why it is not known what became of it."),
    }
    return {
        "order": _object("A call on a machine that was about to be sent.", order),
        "openOrder": _object("A call on a machine that is not through yet.", open_order),
    }


def _plan_definitions() -> Schema:
    action = {
        "kind": _choice(ActionKind, "What is to happen."),
        "address": _text("Where."),
        "id": _text("The instance's id; empty where there is none."),
        "reason": _text("Why: a code of the decision table."),
        "explanation": _text("Why, in words."),
        "calls": _array("What is sent, in this order.", _choice(Call, "A call.")),
        "changes": _array("Desired against recorded: these cause calls.", _ref("change")),
        "drift": _array("Live against shown.", _ref("change")),
        "restarts": _flag("Whether the container restarts or stops, or may."),
        "dataLost": _text("What data is lost, in words; empty when none."),
        "prepaid": _flag("Whether it pays for months ahead."),
        "hint": _text("The way on."),
        "command": _text("A command to copy."),
    }
    lost_file = {"file": _text("The spec's path."), "count": _count("How many records it had.")}
    outside = {
        "count": _count("Records whose file was not named."),
        "lostFiles": _array("Files that no longer exist.", _object("A lost file.", lost_file)),
        "excluded": _count("Addresses that were left out on request."),
    }
    return {
        "action": _object("What is to happen at an address.", action),
        "basis": _basis(),
        "change": _change(),
        "outside": _object("What this plan leaves alone.", outside),
        "side": {
            "description": "A value; null where there is none.",
            "anyOf": [
                _ref("value"),
                {"type": "null"},
                {"const": {"unknown": True}},
                {"const": {"secret": "not at hand"}},
            ],
        },
    }


def _basis() -> Schema:
    properties = {
        "files": _array("Specs relative to the project folder, `-` for standard input; none mean all.", _text("")),
        "only": _array("Globs of `--only`.", _text("")),
        "exclude": _array("Globs of `--exclude`.", _text("")),
        "replace": _array("Addresses of `--replace`.", _text("")),
        "refreshOnly": _flag("Whether `--refresh-only` was given."),
        "recreateLost": _flag("Whether `--recreate-lost` was given."),
        "allowEmpty": _flag("Whether `--allow-empty` was given."),
    }
    return _object("What the plan was made from; values of variables are not kept.", properties)


def _change() -> Schema:
    needed = {
        "field": _name("A documented name, or `envs.KEY`."),
        "before": _ref("side"),
        "after": _ref("side"),
        "certainty": _choice(Certainty, "Whether the difference is known."),
    }
    optional = {"references": _array("What a secret `after` is read from.", _text("Like `env:NAME`."))}
    return _object("A difference.", {**needed, **optional}, required=needed)


def _value_definitions() -> Schema:
    env = {"key": _text(""), "value": {"anyOf": [{"type": "string"}, _ref("seal")]}}
    tool = {"name": _text(""), "port": _text(""), "type": _text("")}
    mount = {"Id": _text(""), "mountPoint": _text("")}
    return {
        "value": {
            "description": "A field's value, in its documented form.",
            "anyOf": [
                {"type": ["string", "integer", "boolean"]},
                _ref("seal"),
                _array("envs", _object("An environment variable.", env)),
                _array("tools", _object("A tool.", tool)),
                _array("networkStorages", _object("A network storage.", mount)),
            ],
        },
        "seal": _object(
            "Stands for a secret.",
            {"sealed": _text("A keyed digest."), "key": _text("Names the digest's key.")},
        ),
    }


def _document(title: str, description: str, version: int, needed: Schema, optional: Schema | None = None) -> Schema:
    properties = {"version": {"const": version, "description": "The version of this format."}, **needed}
    body = _object(description, {**properties, **(optional or {})}, required=properties)
    head: Schema = {"$schema": _DIALECT, "$id": f"urn:gpuspec:schema:{title}:{version}", "title": f"gpuspec {title}"}
    return {**head, **body}


def _object(description: str, properties: Schema, *, required: Iterable[str] | None = None) -> Schema:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [*(properties if required is None else required)],
        "additionalProperties": False,
    }


def _map(description: str, values: Schema) -> Schema:
    return {"description": description, "type": "object", "additionalProperties": values}


def _fields(description: str) -> Schema:
    return _map(f"Documented name -> value. {description} Secrets are sealed.", _ref("value"))


def _array(description: str, items: Schema) -> Schema:
    return {"description": description, "type": "array", "items": items}


def _choice(choices: type[Enum], description: str) -> Schema:
    return {"description": description, "enum": [str(member.value) for member in choices]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _text(description: str) -> Schema:
    return _described("string", description)


def _name(description: str) -> Schema:
    return {**_text(description), "minLength": 1}


def _flag(description: str) -> Schema:
    return _described("boolean", description)


def _number(description: str) -> Schema:
    return _described("number", description)


def _instant(description: str) -> Schema:
    return _number(f"{description} In seconds since the epoch, UTC.")


def _count(description: str) -> Schema:
    return {**_described("integer", description), "minimum": 0}


def _described(type_name: str, description: str) -> Schema:
    return {"description": description, "type": type_name} if description else {"type": type_name}
