"""Random templates in which every word and every expression knows where it was written."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

SIGNS = ("", "", "", "-", "+")
# To our `indent` a value is one line and to our `trim` it has no blanks to lose, whatever it holds; plain Jinja looks
# into it. Values here have neither.
FLAT = "|replace('\\n', '~')|trim"


@dataclass
class Written:
    """A template's text, and the line and column of its probes by their names (`p3x` in text, `v4x` as a value)."""

    text: str = ""
    probes: dict[str, tuple[int, int]] = field(default_factory=dict)


class Writer:
    """Writes one file; `included` is another that it may include."""

    def __init__(self, chance: random.Random, *, prefix: str, included: str | None) -> None:
        self.chance = chance
        self.made = Written()
        self.prefix = prefix
        self.included = included
        self.count = 0
        self.depth = 0

    def write(self) -> Written:
        """A whole file."""
        self.body(self.chance.randint(2, 6))
        return self.made

    def put(self, text: str) -> None:
        self.made.text += text

    def probe(self, kind: str) -> str:
        """A new name, noted as standing here."""
        self.count += 1
        name = f"{kind}{self.prefix}{self.count}x"
        text = self.made.text
        self.made.probes[name] = (text.count("\n") + 1, len(text) - text.rfind("\n"))
        return name

    def name(self, kind: str) -> str:
        """A name that this template has not used."""
        self.count += 1
        return f"{kind}{self.prefix}{self.count}"

    def tag(self, inside: str) -> None:
        self.put(f"{{%{self.chance.choice(SIGNS)} {inside} {self.chance.choice(SIGNS)}%}}")

    def blanks(self) -> None:
        self.put(self.chance.choice(["", "", " ", "\n", "\n", "\n\n", "\n  ", "  \n", " \t"]))

    def body(self, parts: int) -> None:
        for _ in range(parts):
            self.blanks()
            self.part()
        self.blanks()

    def inner(self) -> None:
        self.depth += 1
        self.body(self.chance.randint(1, 3))
        self.depth -= 1

    def part(self) -> None:
        simple: list[Callable[[], None]] = [self.word, self.word, self.value, self.value, self.comment, self.raw]
        nested: list[Callable[[], None]] = [
            *(self.loop, self.line_loop, self.recursion, self.choice, self.macro, self.call, self.set_block),
            *(self.filter_block, self.block, self.with_block, self.include, self.inline_filter),
        ]
        self.chance.choice(simple if self.depth > 3 else simple + nested)()

    def word(self) -> None:
        self.put(self.probe("p"))

    def value(self) -> None:
        self.put("{{" + self.chance.choice(["", "-"]) + self.chance.choice(["", " ", "\n "]))
        self.put(f'"{self.probe("v")}"' + self.chance.choice(["", "|string", " ~ ''", "|replace('y', 'z')"]))
        self.put(self.chance.choice(["", " ", "\n"]) + self.chance.choice(["", "-"]) + "}}")

    def comment(self) -> None:
        self.put(f"{{#{self.chance.choice(['', '-'])} a\n {{{{ b }}}} {self.chance.choice(['', '-', '+'])}#}}")

    def raw(self) -> None:
        self.put(f"{{%{self.chance.choice(SIGNS)} raw {self.chance.choice(['', '-'])}%}}")
        self.put(self.chance.choice(["", " ", "\n"]) + "{{ ")
        self.put(self.probe("p"))
        self.put(self.chance.choice(["", " ", "\n"]))
        self.tag("endraw")

    def loop(self) -> None:
        test = self.chance.choice(["", " if i != 1"])
        self.tag(f"for i in range({self.chance.randint(0, 3)}){test}")
        self.inner()
        self.put(self.chance.choice(["", "{{ i }}", "{{ loop.index }}"]))
        if self.chance.random() < 0.3:
            self.tag("else")
            self.inner()
        self.tag("endfor")

    def line_loop(self) -> None:
        # Blanks that a `-` sign takes away before `#%` leave it, in Jinja too, in the middle of a line.
        self.word()
        self.put("\n")
        self.put(self.chance.choice(["", "  "]) + "#% for j in [1,\n 2]" + self.chance.choice(["", ":"]) + "\n")
        self.inner()
        self.word()
        self.put("\n  #% endfor" + self.chance.choice(["\n", "\n\n"]))

    def recursion(self) -> None:
        self.tag("for node in [1, [2, 3]] recursive")
        self.inner()
        self.put("{{ loop(node) if node is not number }}")
        self.tag("endfor")

    def choice(self) -> None:
        self.tag(self.chance.choice(["if true", "if 1 == 2"]))
        self.inner()
        if self.chance.random() < 0.5:
            self.tag("elif 1 < 2")
            self.inner()
        self.tag("else")
        self.inner()
        self.tag("endif")

    def macro(self) -> None:
        name = self.name("m")
        self.tag(f"macro {name}(a, b='d')")
        self.inner()
        self.put("{{ a }}{{ b }}")
        self.tag("endmacro")
        for _ in range(self.chance.randint(1, 2)):
            self.put("{{ " + self.chance.choice([f"{name}(1)", f"{name}(2, b=3)", f"{name}('w') ~ {name}(4)"]) + " }}")

    def call(self) -> None:
        name = self.name("c")
        self.tag(f"macro {name}()")
        self.put("[{{ caller() }}]")
        self.tag("endmacro")
        self.tag(f"call {name}()")
        self.inner()
        self.tag("endcall")

    def set_block(self) -> None:
        name = self.name("s")
        self.tag(f"set {name}")
        self.inner()
        self.tag("endset")
        as_text = self.chance.choice([name, f"{name}|trim", f"{name}|indent(3)"])
        as_value = self.chance.choice([f"({name} + 'z')", f"{name}|upper", f"{name}|length", f"{name}[:3]"])
        self.put(f"{{{{ {as_text} }}}}{{{{ {as_value}{FLAT} }}}}{{{{ {name} == 'q' }}}}")

    def inline_filter(self) -> None:
        name = self.name("f")
        self.tag(f"macro {name}()")
        self.inner()
        self.tag("endmacro")
        self.put(f"{{{{ {name}() | indent({self.chance.randint(0, 4)}) }}}}")

    def filter_block(self) -> None:
        self.tag(
            self.chance.choice([f"filter upper{FLAT}", "filter indent(2)", "filter trim", "filter indent(1)|trim"])
        )
        self.inner()
        self.tag("endfilter")

    def block(self) -> None:
        self.tag(f"block {self.name('b')}")
        self.inner()
        self.tag("endblock")

    def with_block(self) -> None:
        self.tag("with k = 3")
        self.inner()
        self.put("{{ k }}")
        self.tag("endwith")

    def include(self) -> None:
        if self.included is not None:
            self.tag(f"include '{self.included}'")
