"""What most likely went wrong, told from the text round a syntax fault."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gpuspec.spec.rendered import TOKEN_OPEN
from gpuspec.spec.yamltext.scene import Scene


@dataclass(frozen=True, slots=True)
class Clue:
    """Better words than the table's, and a better place if `at` says so."""

    message: str
    hint: str
    at: int | None = None


KEY = r"[ \t]*(?:- +)*(?:\"[^\"]*\"|'[^']*'|[^\s'\"#\[{:][^:\n]*?)"
GLUED = re.compile(rf"({KEY}):[^\s:/]")
ENTRY = re.compile(rf"{KEY}:[ \t]+[^\s#]")
OPENING = re.compile(rf"{KEY}:[ \t]*(?:#.*)?$")
QUOTE_IT = "put quotes round the value."


def clue(scene: Scene) -> Clue | None:
    """The first clue that fits."""
    found = (find(scene) for find in FINDERS)
    return next((one for one in found if one is not None), None)


def _tab(scene: Scene) -> Clue | None:
    if scene.character != "\t" and "tab character" not in scene.problem:
        return None
    return Clue("There is a tab here; YAML is indented with blanks only.", "replace the tab by blanks.")


def _named_by_expression(scene: Scene) -> Clue | None:
    if not scene.in_token or not scene.context.endswith(("anchor", "alias", "tag")):
        return None
    what = scene.context.rsplit(" ", 1)[1]
    hint = f"write the {what}'s name out; put quotes round a text that begins with `{scene.text[scene.start]}`."
    return Clue(f"An expression can't be part of the name of an {what}.".replace("an tag", "a tag"), hint)


def _escape(scene: Scene) -> Clue | None:
    if scene.context != "while parsing a quoted scalar" or scene.at_end:
        return None
    backslash = scene.text.rfind("\\", scene.start, scene.at + 1)
    if scene.text.startswith(TOKEN_OPEN, backslash + 1):
        hint = "write `\\\\` for a backslash, or use single quotes."
        return Clue("In double quotes a backslash begins an escape, and an expression follows it.", hint, backslash)
    message = (
        f"In double quotes a backslash begins an escape, and `{scene.text[backslash : backslash + 2]}` is not one here."
    )
    return Clue(message, "use single quotes, as for a Windows path or a pattern, or write `\\\\`.", backslash)


def _glued_colon(scene: Scene) -> Clue | None:
    """`image:nginx` where `image: nginx` was meant, on this line or on the one above."""
    if "':'" not in scene.problem and not scene.problem.startswith("mapping values"):
        return None
    here = scene.line_start(scene.start if scene.context else scene.at)
    above = scene.above(here)
    for offset in (here, above):
        if offset is None or scene.problem == "found unexpected ':'":
            continue
        found = GLUED.match(scene.line(offset))
        if found and not ENTRY.match(scene.line(offset)):
            return Clue("A blank has to follow the colon after a key.", "write `key: value`.", offset + found.end(1))
    return None


def _second_colon(scene: Scene) -> Clue | None:
    """`command: echo a: b`."""
    if not scene.problem.startswith("mapping values") or not ENTRY.match(scene.before()):
        return None
    return Clue("There is a second `: ` on this line, inside the value.", QUOTE_IT)


def _indented_below_value(scene: Scene) -> Clue | None:
    """A map below a line that has its value already."""
    above = scene.above(scene.at)
    if not scene.problem.startswith("mapping values") or above is None:
        return None
    if ENTRY.match(scene.line(above)):
        message = "This line is indented below one that has its value already."
        return Clue(message, "indent both lines alike, or remove the value above.")
    if not OPENING.match(scene.line(above)):
        return Clue(
            "The line above has no key with a colon.", "write `key: value`, or quote a text of several lines.", above
        )
    return None


def _no_colon(scene: Scene) -> Clue | None:
    if scene.problem != "could not find expected ':'":
        return None
    return Clue("Keys stand on the lines round this one, and it has none.", "write `key: value`.", scene.start)


def _after_closing(scene: Scene) -> Clue | None:
    """`'it's'`, `"a" b`."""
    before = scene.before().rstrip(" \t")
    if scene.problem != "did not find expected key" or not before.endswith(('"', "'", "]", "}")):
        return None
    hint = "put quotes round all of it; inside single quotes write a single quote twice."
    return Clue(f"There is text after the closing `{before[-1]}`.", hint)


def _no_key(scene: Scene) -> Clue | None:
    if (
        scene.problem not in ("did not find expected key", "did not find expected node content")
        or scene.character != ":"
    ):
        return None
    return Clue("There is no key before this colon.", "write a key, or quotes round a text that begins with a colon.")


def _dash_among_keys(scene: Scene) -> Clue | None:
    if scene.problem != "did not find expected key" or scene.character != "-" or scene.before().strip():
        return None
    return Clue(
        "A list's item stands where a key is due.", "end the line above with a colon, or align it with the list."
    )


def _unclosed(scene: Scene) -> Clue | None:
    """A bracket that runs into the next lines, or to the end."""
    if not scene.problem.startswith("did not find expected ','") or (scene.on_one_line and not scene.at_end):
        return None
    bracket = scene.text[scene.start : scene.start + 1]
    message = f"This `{bracket}` is not closed, or a comma is missing after it."
    return Clue(message, f"add the closing `{'}' if bracket == '{' else ']'}`, or quotes round a text.", scene.start)


def _open_at_end(scene: Scene) -> Clue | None:
    """A bracket after which the text ends at once."""
    if scene.problem != "did not find expected node content" or not scene.at_end:
        return None
    bracket = scene.last_open()
    if bracket is None:
        return None
    closing = "}" if scene.text[bracket] == "{" else "]"
    return Clue(f"This `{scene.text[bracket]}` is not closed.", f"add the closing `{closing}`.", bracket)


def _reserved_character(scene: Scene) -> Clue | None:
    if scene.problem != "found character that cannot start any token" or not scene.character.strip():
        return None
    named = "a backtick" if scene.character == "`" else f"`{scene.character}`"
    return Clue(f"A text that begins with {named} needs quotes.", QUOTE_IT)


def _value_missing(scene: Scene) -> Clue | None:
    if scene.problem != "did not find expected node content" or scene.character not in tuple(",]}-?"):
        return None
    hint = "add the value, or put quotes round a text that begins so."
    return Clue(f"A value is due here, and `{scene.character}` comes.", hint)


def _after_the_end(scene: Scene) -> Clue | None:
    if scene.problem != "did not find expected <document start>":
        return None
    above = scene.above(scene.at)
    if above is not None and scene.line(above).startswith("..."):
        return Clue("Nothing may follow the line `...`, which ends the document.", "remove that line.")
    return Clue("This line belongs to nothing above it.", "indent all top-level keys alike.")


FINDERS: tuple[Callable[[Scene], Clue | None], ...] = (
    _tab,
    _named_by_expression,
    _escape,
    _glued_colon,
    _second_colon,
    _indented_below_value,
    _no_colon,
    _after_closing,
    _no_key,
    _dash_among_keys,
    _unclosed,
    _open_at_end,
    _reserved_character,
    _value_missing,
    _after_the_end,
)
