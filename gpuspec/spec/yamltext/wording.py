"""What the reader says about faults that the parser lets through."""

from dataclasses import dataclass

from gpuspec.spec.rendered import RESERVED, TOKEN
from gpuspec.spec.yamltext.resolve import NumberFault


@dataclass(frozen=True, slots=True)
class Words:
    """A fault in full sentences, and the way out."""

    message: str
    hint: str


SHOWN = 40

SEVERAL_DOCUMENTS = Words(
    "A second document begins here; a file holds one.",
    "remove the `---`, or put the second document into a file of its own.",
)
VERSION = Words("The `%YAML` line asks for another version; gpuspec reads YAML 1.2.", "remove the line.")
TAG = Words(
    "A value's type is clear from how it is written and from its field; tags are not read.",
    "remove the tag; put quotes round what is text, and also round a text that begins with `!`.",
)
TAG_DIRECTIVE = Words("Tags are not read, so a `%TAG` line has no meaning.", "remove the line.")
ALIAS_AS_KEY = Words(
    "An alias stands for a value and can't be a key.", "write the key out; quote it if it begins with `*`."
)
MERGE_TWICE = Words("This map has a merge key already.", "merge one map; repeat by hand what the other one adds.")
MERGE_NOT_A_MAP = Words("A merge key takes one map.", "write `<<: *name`, where `&name` stands before a map.")
CONTAINER_AS_KEY = Words(
    "A list or a map can't be a key; a key is text.", "put quotes round it if it is meant as text."
)
UNFILLED = Words(
    "These braces make a map with a map as its key; an expression would stand here in a template.",
    "put quotes round it; files that are no templates, and what `{% raw %}` holds, are read as they stand.",
)
OCTAL = Words(
    "YAML 1.2 reads this number as decimal, without its leading zero.",
    "write it without the zero, as `0o…` if it is octal, or in quotes if it is a text.",
)
FORGED = Words(
    "The characters U+E000 to U+E003 are kept for gpuspec's own use, escapes for them too.", "remove the escape."
)


def duplicate(key: str, *, same: bool) -> Words:
    """For a key that a map has already; `same` if both stand in one place, as in a loop's body."""
    if same:
        message = f"The key `{shown(key)}` stands twice in this map: the template writes this line more than once."
        return Words(message, "put what differs, such as the loop's variable, into the key.")
    return Words(f"The key `{shown(key)}` stands twice in this map.", "remove one of the two.")


def alias_unknown(name: str) -> Words:
    """For an alias whose anchor has not been met."""
    return Words(f"There is no anchor `&{shown(name)}` above this alias.", "quote a text that begins with `*`.")


def alias_recursive(name: str) -> Words:
    """For an alias inside what it stands for."""
    return Words(f"The alias `*{shown(name)}` stands inside the value that it stands for.", "write the value out here.")


def aliases_too_big(limit: int) -> Words:
    """For aliases that stand for too much."""
    return Words(f"Written out, the aliases of this document come to more than {limit:,} values.", "use fewer aliases.")


def too_big(limit: int) -> Words:
    """For a document with too many values."""
    return Words(f"The document has more than {limit:,} values.", "divide it into several files.")


def too_deep(limit: int) -> Words:
    """For lists and maps inside one another."""
    return Words(f"Lists and maps are nested more than {limit} deep here.", "look for brackets that are not closed.")


def plain_key(text: str) -> Words:
    """For an unquoted key that is a number, true, false or null."""
    if text in ("", "~"):
        return Words("There is no key before this colon.", "write a key, or quotes round an empty one.")
    return Words(f"Without quotes, `{shown(text)}` is not text, and a key is text.", f'write `"{shown(text)}":`.')


def number(fault: NumberFault) -> Words:
    """For a plain number that isn't taken. It is not shown: it could be a password."""
    return Words(f"This number {fault.message}", fault.hint)


def shown(text: str) -> str:
    """A user's text, cut if it is long."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def forged(value: str, written: str) -> bool:
    """Whether a scalar's value has tokens, or characters of tokens, that its text doesn't have."""
    return TOKEN.findall(value) != TOKEN.findall(written) or RESERVED.search(TOKEN.sub("", value)) is not None
