"""libyaml's messages in our own words, with the place that helps."""

from dataclasses import dataclass
from types import MappingProxyType

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from gpuspec.model.problem import Problem, Related
from gpuspec.spec.positions import place_at, place_of
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.yamltext import wording
from gpuspec.spec.yamltext.clues import Clue, clue
from gpuspec.spec.yamltext.scene import Scene


@dataclass(frozen=True, slots=True)
class Row:
    """Our words for one of libyaml's; `from_start` shows where the thing began, not where it broke off."""

    message: str
    hint: str
    from_start: bool = False
    code: str = "yaml-syntax"


TAG_ROW = Row(wording.TAG.message, wording.TAG.hint, from_start=True, code="yaml-tag")
DIRECTIVE = Row(
    "A line that begins with `%` is an instruction to the YAML parser, and this one is not understood.",
    "put quotes round a text; a template's line begins with `#% `.",
    from_start=True,
)
VERSION = Row(wording.VERSION.message, wording.VERSION.hint, code="yaml-version", from_start=True)
ESCAPE = Row("This is no escape that YAML knows.", "write `\\\\` for a backslash, or use single quotes.")
UNKNOWN = Row("The text can't be read as YAML from here on.", "look for a missing quote, bracket or colon above.")

# By libyaml's context, for contexts in which all faults mean the same to a user.
CONTEXTS = MappingProxyType(
    {
        "while scanning a tag": TAG_ROW,
        "while parsing a tag": TAG_ROW,
        "while scanning a directive": DIRECTIVE,
        "while scanning a %YAML directive": VERSION,
        "while scanning a tag directive": DIRECTIVE,
        "while parsing a tag directive": DIRECTIVE,
        "while scanning a %TAG directive": DIRECTIVE,
        "while scanning an anchor": Row(
            "`&` begins the name of an anchor, and none follows.",
            "put quotes round a text that begins with `&`.",
            from_start=True,
        ),
        "while scanning an alias": Row(
            "`*` begins the name of an alias, and none follows.",
            "put quotes round a text that begins with `*`.",
            from_start=True,
        ),
    }
)
# By libyaml's problem.
PROBLEMS = MappingProxyType(
    {
        "mapping values are not allowed in this context": Row(
            "A colon with a blank after it makes a key, and no key may stand here.",
            "put quotes round a text with `: ` in it; keys are at most 1,024 characters long.",
        ),
        "mapping keys are not allowed in this context": Row(
            "`? ` makes a key, and no key may stand here.", "put quotes round a text that begins with `? `."
        ),
        "block sequence entries are not allowed in this context": Row(
            "`- ` makes a list's item, and a list can't begin on the line of its key.",
            "begin the list on a line of its own, or put quotes round a text that begins with `- `.",
        ),
        "could not find expected ':'": Row("A key has no colon.", "write `key: value`.", from_start=True),
        "did not find expected key": Row(
            "This line's indentation fits none of the keys above it.", "indent the keys of one map alike."
        ),
        "did not find expected '-' indicator": Row(
            "This line stands among the items of a list, and has no `- ` before it.",
            "indent it below its item, or begin it with `- `.",
        ),
        "did not find expected node content": Row("A value is due here.", "add the value, or quotes round a text."),
        "did not find expected ',' or ']'": Row(
            "A comma or the closing `]` is due here.",
            "add it, or put quotes round a text with `: `, `,` or brackets in it.",
        ),
        "did not find expected ',' or '}'": Row(
            "A comma or the closing `}` is due here.",
            "add it, or put quotes round a text with `: `, `,` or braces in it.",
        ),
        "did not find expected <document start>": Row("Nothing may follow the document's end.", "remove this line."),
        "found unexpected ':'": Row(
            "Between brackets, a colon inside a text is read as the end of a key.",
            "put quotes round the text, or a blank after the colon if it ends a key.",
        ),
        "found unexpected end of stream": Row(
            "This quote is not closed.",
            "add the closing quote; inside single quotes write a single quote twice.",
            from_start=True,
        ),
        "found unexpected document indicator": Row(
            "The quote is not closed before the line `---` or `...`.", "add the closing quote.", from_start=True
        ),
        "found unknown escape character": ESCAPE,
        "did not find expected hexdecimal number": ESCAPE,
        "found invalid Unicode character escape code": ESCAPE,
        "found an indentation indicator equal to 0": Row(
            "A block of text is indented by at least one blank.", "remove the digit after `|` or `>`."
        ),
        "did not find expected comment or line break": Row(
            "After `|` or `>` the text begins on the next line.",
            "begin a line, or put quotes round a text that begins so.",
        ),
        "found character that cannot start any token": Row(
            "A text can't begin like this without quotes.", "put quotes round the value."
        ),
        "found undefined tag handle": TAG_ROW,
        "found incompatible YAML document": VERSION,
        "found duplicate %YAML directive": VERSION,
        "found duplicate %TAG directive": DIRECTIVE,
    }
)
LABELS = MappingProxyType(
    {
        "while scanning a quoted scalar": "the quote began here",
        "while parsing a quoted scalar": "the quote began here",
        "while parsing a flow sequence": "the bracket opened here",
        "while parsing a flow mapping": "the brace opened here",
        "while parsing a block mapping": "the map began here",
        "while parsing a block collection": "the list began here",
    }
)


def syntax_problem(error: YAMLError, rendered: Rendered) -> Problem:
    """The problem for an error of libyaml's."""
    scene = _scene(error, rendered.text)
    row = CONTEXTS.get(scene.context) or PROBLEMS.get(scene.problem, UNKNOWN)
    found = clue(scene)
    offset = scene.start if row.from_start else scene.at
    if found is None:
        found = Clue(row.message, row.hint, offset)
    elif found.at is not None:
        offset = found.at
    # Behind the last line there is nothing to show.
    offset = min(offset, len(rendered.text.rstrip()))
    return Problem(
        code=row.code,
        message=found.message,
        place=place_at(rendered, offset),
        hint=found.hint,
        related=_began(scene, rendered, offset),
    )


def _scene(error: YAMLError, text: str) -> Scene:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Scene(text=text, problem="", context="", at=0, start=0)
    at = min(error.problem_mark.index, len(text))
    start = error.context_mark.index if error.context_mark is not None else at
    return Scene(text=text, problem=error.problem or "", context=error.context or "", at=at, start=min(start, at))


def _began(scene: Scene, rendered: Rendered, offset: int) -> tuple[Related, ...]:
    """The other end of what broke off: where it began, or, if that is the problem's place, where it broke off."""
    label = LABELS.get(scene.context)
    if label is None or scene.at_end:
        return ()
    if scene.start == offset:
        return (Related(label="it broke off here", place=place_of(rendered, scene.at, scene.at + 1)),)
    return (Related(label=label, place=place_of(rendered, scene.start, scene.start + 1)),)
