"""Check a document, and merge its defaults on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from gpuspec.model.address import ADDRESS, Address
from gpuspec.model.fields import FIELDS
from gpuspec.model.marker import MarkerMode
from gpuspec.model.problem import MOST_ERRORS, Problem, too_many
from gpuspec.spec.check.address_words import bad_address
from gpuspec.spec.check.broken import UNKNOWN_KEY, Broken, broken
from gpuspec.spec.check.faults import Told
from gpuspec.spec.check.field_rules import field_faults
from gpuspec.spec.check.holes import punched
from gpuspec.spec.check.instance_rules import instance_faults
from gpuspec.spec.check.names import duplicate_names
from gpuspec.spec.check.quick import Accepts, Schema, predicate
from gpuspec.spec.check.spec_words import spec_words
from gpuspec.spec.check.top_words import top_problem
from gpuspec.spec.check.wording import Words, worded
from gpuspec.spec.layers import NOTHING, Layer, Merged, merged, settled
from gpuspec.spec.nearest import nearest
from gpuspec.spec.schema import schema
from gpuspec.spec.tree import HOLE, Data, Hole, Path, Tree

# How many environment variables an instance has is counted after merging.
_COUNTS = frozenset({"maxItems", "maxProperties"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What checking found: faults and warnings, and each instance with `defaults` merged in, in file order.

    Instances are fit to be built only if no problem is an error.
    """

    tree: Tree
    problems: tuple[Problem, ...]
    instances: Mapping[Address, Merged]


def check(tree: Tree, *, marker: MarkerMode = MarkerMode.ENV) -> tuple[Problem, ...]:
    """Every fault and warning of the document beyond those that reading it found."""
    examined = examine(tree, marker=marker)
    return (*examined.problems, *duplicate_names([(tree, examined.instances)]))


def examine(tree: Tree, *, marker: MarkerMode = MarkerMode.ENV) -> Examined:
    """Check the document and merge its defaults. What is faulty becomes a hole, so that one fault is reported once."""
    words = spec_words(tree)
    data = tree.data
    told = Told()
    told.add(top_problem(rule, words) for rule in _top_broken(data))
    if not isinstance(data, dict):
        return Examined(tree=tree, problems=told.problems, instances={})
    defaults, faults = _layer(words, ("defaults",), data.get("defaults"))
    told.add(faults)
    base = merged(NOTHING, defaults or Layer(path=("defaults",), fields={}))
    instances: dict[Address, Merged] = {}
    stanzas = data.get("instances")
    for address, stanza in stanzas.items() if isinstance(stanzas, dict) else ():
        path = ("instances", address)
        if not ADDRESS.fullmatch(address):
            told.add([bad_address(tree, path)])
        layer, faults = _layer(words, path, stanza)
        told.add(faults)
        if layer is not None and defaults is not None:
            instances[address] = merged(base, layer)
            told.add(instance_faults(tree, instances[address], marker=marker))
        if told.full:
            told.add([too_many(tree.key_place(path))])
            break
    return Examined(tree=tree, problems=told.problems, instances=instances)


def _top_broken(data: Data) -> tuple[Broken, ...]:
    """What is wrong at the top, not looking into `defaults` and `instances`."""
    root, accepts = _rendered()
    shallow: Data = data
    if isinstance(data, dict):
        shallow = {key: _emptied(value) if key in {"defaults", "instances"} else value for key, value in data.items()}
    return () if accepts(shallow) else broken(root, shallow)


def _emptied(value: Data) -> Data:
    return {} if isinstance(value, dict) else value


def _layer(words: Words, path: Path, stanza: Data) -> tuple[Layer | None, list[Problem]]:
    """The stanza's fields and their faults; no layer where the stanza itself is faulty."""
    if isinstance(stanza, Hole):
        return None, []
    if stanza is None:
        return Layer(path=path, fields={}), []
    root, _ = _rendered()
    if not isinstance(stanza, dict):
        rules = broken(root, stanza, part="instance", path=path) if path != ("defaults",) else ()
        return None, [worded(rule, words) for rule in rules]
    fields: Data = settled(words.tree, path, stanza)
    rules = () if _instance()(fields) else broken(root, fields, part="instance", path=path)
    rules = tuple(rule for rule in rules if not (rule.keyword in _COUNTS and rule.path[-1] == "envs"))
    if len(rules) >= MOST_ERRORS:
        # More may be broken than was looked for, and later rules count on the rest being whole.
        return None, [worded(rule, words) for rule in rules]
    fields = punched(fields, rules, below=path)
    for rule in rules:
        fields = _with_meant(fields, rule)
    layer = Layer(path=path, fields=fields if isinstance(fields, dict) else {})
    return layer, [*(worded(rule, words) for rule in rules), *islice(field_faults(words.tree, layer), MOST_ERRORS)]


def _with_meant(fields: Data, rule: Broken) -> Data:
    """A misspelt field counts as the one that was meant, so that this one isn't called missing."""
    meant = nearest(str(rule.value), rule.limit) if rule.keyword == UNKNOWN_KEY else None
    return {meant: HOLE, **fields} if isinstance(fields, dict) and meant is not None and meant in FIELDS else fields


@cache
def _rendered() -> tuple[Schema, Accepts]:
    root = schema("rendered")
    return root, predicate(root, root)


@cache
def _instance() -> Accepts:
    root, _ = _rendered()
    return predicate(root["$defs"]["instance"], root)
