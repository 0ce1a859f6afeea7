"""Random specs that are good and badly laid out: any indentation, any order of keys, comments and templates between."""

import random
from collections.abc import Callable, Mapping

from gpuspec.spec.rendered import Value

VARIABLES: Mapping[str, Value] = {"size": 60, "image": "img:1", "workers": 2, "yes": True}

_FIELDS = {
    "productId": ("p", '"4090.16c62g"', "'p'"),
    "gpuNum": ("1", "2", "{{ workers }}"),
    "diskSize": ("60", "{{ size }}", '"{{ size }}"'),
    "rootfsSize": ("60", "{{ size + 1 }}"),
    "imageUrl": ("img", "{{ image }}", '"{{ image }}"', "{% if yes %}a{% else %}b{% endif %}"),
    "command": (
        "run",
        '"a  b"',
        "|\n@ line\n@   more  \n\n@ end",
        ">-\n@ {{ image }}\n@ b",
        '"x\n@ y\n\n@ z"',
        "|+\n@ a\n\n",
    ),
    "ports": ("[8080/tcp]", "[8080/tcp,\n@ 8081/http]", "8080/tcp", "\n@- 8080/tcp\n@-   8081/http"),
    "envs": ("{A: b, C: '{{ size }}'}", "{\n@ A: b,   # why\n@ C: d }"),
    "tools": ("[{name: Jupyter, port: '8888', type: http}]", "\n@- name: Jupyter\n@  type: http\n@  port: '8888'"),
    "lifecycle": ("{protect: true}",),
    "clusterId": ("us-1", "{# here #} us-1", "'{{ image }}'"),
}
_NEEDED = ("productId", "gpuNum", "diskSize", "rootfsSize", "imageUrl")


class MessyWriter:
    """Writes one spec."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.lines: list[str] = []

    def spec(self) -> str:
        """A whole file; every instance of it has all that it needs."""
        parts: list[Callable[[], None]] = [lambda: self.put(0, "version: 1"), self.defaults, self.instances]
        self.noise(0)
        self.chance.shuffle(parts)
        for part in parts:
            part()
            self.noise(0)
        return "\n".join(self.lines) + self.chance.choice(["", "\n", "\n\n\n"])

    def defaults(self) -> None:
        step = self.chance.randint(1, 6)
        self.put(0, "defaults:" + self.chance.choice(["", "  ", "   # shared"]))
        self.fields(step, self.some())

    def instances(self) -> None:
        step = self.chance.randint(1, 5)
        self.put(0, "instances:")
        for number in range(self.chance.randint(1, 3)):
            self.noise(step)
            self.stanza(step, number)
            self.noise(step)

    def stanza(self, column: int, number: int) -> None:
        looped = self.chance.random() < 0.4
        tag = self.chance.random() < 0.5
        if looped:
            self.put(self.blanks(column), "{% for n in range(workers) %}" if tag else "#% for n in range(workers)")
        self.put(column, f"a{number}-{{{{ n }}}}:" if looped else f"a{number}:")
        names = list({*_NEEDED, *self.some()})
        self.fields(column + self.chance.randint(1, 6), sorted(names))
        if looped:
            self.put(self.blanks(column), "{% endfor %}" if tag else "#% endfor")

    def fields(self, column: int, names: list[str]) -> None:
        self.chance.shuffle(names)
        for name in names:
            self.noise(column)
            guarded = self.chance.random() < 0.15
            if guarded:
                self.put(self.blanks(column), "#% if yes")
            self.field(column, name)
            if guarded:
                self.put(self.blanks(column), "#% endif")
        self.noise(column)

    def field(self, column: int, name: str) -> None:
        value = self.chance.choice(_FIELDS[name])
        deeper = " " * (column + self.chance.randint(1, 4))
        gap = "" if value.startswith("\n") else " " * self.chance.randint(1, 4)
        text = f"{name}:{gap}{value}".replace("@", deeper)
        if name == "lifecycle" and self.chance.random() < 0.5:
            text = f"lifecycle:\n{deeper}onRemove: forget\n{deeper}protect: false"
        if "\n" not in text and self.chance.random() < 0.2:
            text += self.chance.choice(["  # note", "   ", " # {{ nobody }}"])
        self.put(column, text)

    def some(self) -> list[str]:
        return self.chance.sample(sorted(_FIELDS), self.chance.randint(1, 6))

    def noise(self, column: int) -> None:
        if self.chance.random() < 0.3:
            comment = self.chance.choice(["# a", "#b", "{# c #}", "{# d\n   e #}", "# {{ size }}"])
            self.put(self.chance.choice([column, 0, self.blanks(column)]), comment)
        for _ in range(self.chance.choice([0, 0, 0, 1, 3])):
            self.lines.append(self.chance.choice(["", "   "]))

    def blanks(self, column: int) -> int:
        return self.chance.choice([0, column, column + 2])

    def put(self, column: int, text: str) -> None:
        self.lines.append(" " * column + text)


def a_messy_spec(seed: int) -> str:
    """The spec of this number, always the same."""
    return MessyWriter(random.Random(seed)).spec()
