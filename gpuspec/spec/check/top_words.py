"""Faults at the top of a spec, where a beginner meets them: each with the shape that a spec has."""

from dataclasses import replace

from gpuspec.model.problem import Problem
from gpuspec.spec.check.broken import MISSING_KEY, Broken
from gpuspec.spec.check.wording import Words, worded

_SHAPE = "a spec is a map: `instances:`, and below it each instance under a name of your choice."
_NOTHING_BELOW = (
    "indent the instances below it, or write `instances: {}`; a loop that may come to nothing takes `#% else` before "
    "its `#% endfor`, and `{}` on the line between."
)


def top_problem(rule: Broken, words: Words) -> Problem:
    """The problem for a rule that the top of the document breaks."""
    problem = worded(rule, words)
    match rule.path:
        case ():
            return replace(problem, hint=_SHAPE)
        case ("instances",) if rule.keyword == MISSING_KEY:
            return replace(problem, message="The spec has no `instances`.", hint=f"{_SHAPE} Write `{{}}` for none.")
        case ("instances",) if rule.value is None:
            message = "There is nothing under `instances`."
            return replace(problem, message=message, hint=_NOTHING_BELOW)
        case ("instances",) if isinstance(rule.value, list):
            message = "`instances` takes a map; this is a list."
            hint = "give each instance a name: `trainer:` with its fields below it, in place of the dash."
            return replace(problem, message=message, hint=hint)
        case ("instances" | "defaults" as name,):
            return replace(problem, hint=f"write fields below `{name}:`, each on a line of its own.")
        case _:
            return problem
