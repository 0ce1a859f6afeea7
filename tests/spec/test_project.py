"""The project file: what it says, and every fault of it."""

from dataclasses import replace

import pytest

from gpuspec.model.marker import MarkerMode
from gpuspec.model.problem import Problem, Problems
from gpuspec.model.project import CloudKind, Environment, Limits, Project, Tuning, Variable, VariableType
from gpuspec.spec.project import read_project
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import Bounds, Meter
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.sandbox import TemplateEnvironment
from gpuspec.spec.variable_names import RESERVED

WHOLE = """\
version: 1
requires: ">=0.1, <1"
project: trainers
cloud: simulator
endpoint: http://localhost:8080/
specs: [a.yaml, more/b.yaml]
state: states/main.json
marker: name
settleWindow: 120
requestTimeout: 2.5
parallelism: 8
rate: 0
variables:
  image: {type: string, default: "pytorch:latest", pattern: "[a-z:]+", description: what to start}
  gpus: {type: integer, enum: [1, 2], default: 2}
  token: {sensitive: true}
  free:
environments:
  prod:
    variables: {gpus: 1, image: nginx, token: abc}
    endpoint: https://api.novita.ai
    cloud: novita
    state: prod.json
    settleWindow: 600
    requestTimeout: 30
    parallelism: 2
    rate: 1.5
    marker: env
    limits: {maxInstances: 4, allowedProducts: ["4090.*"]}
  dev: {extends: prod, abstract: true}
limits: {maxInstances: 2, maxGpus: 8, allowedClusters: [us-*], maxDeletesPerRun: 0}
policy: [policy/*.schema.json]
"""


def read(text: str, *, version: str = "0.1.0") -> Project | Problems:
    return read_project(Source(file="gpuspec.yaml", inside="gpuspec.yaml", content=text.encode()), version=version)


def faults(text: str) -> tuple[Problem, ...]:
    result = read(text)
    assert isinstance(result, Problems), result
    return result.items


def test_a_project_file_says_all_of_it() -> None:
    """Every key, and what an environment sets again."""
    prod = Environment(
        name="prod",
        variables={"gpus": 1, "image": "nginx", "token": "abc"},
        state="prod.json",
        endpoint="https://api.novita.ai",
        cloud=CloudKind.NOVITA,
        marker=MarkerMode.ENV,
        tuning=Tuning(settle_window_s=600, request_timeout_s=30, parallelism=2, rate=1.5),
        limits=Limits(max_instances=4, allowed_products=("4090.*",)),
    )
    image = Variable(
        name="image", has_default=True, default="pytorch:latest", pattern="[a-z:]+", description="what to start"
    )
    gpus = Variable(name="gpus", type=VariableType.INTEGER, has_default=True, default=2, choices=(1, 2))

    assert read(WHOLE) == Project(
        file="gpuspec.yaml",
        name="trainers",
        requires=">=0.1, <1",
        cloud=CloudKind.SIMULATOR,
        endpoint="http://localhost:8080",
        specs=("a.yaml", "more/b.yaml"),
        variables={
            "image": image,
            "gpus": gpus,
            "token": Variable(name="token", sensitive=True),
            "free": Variable(name="free"),
        },
        declares_variables=True,
        environments={"prod": prod, "dev": Environment(name="dev", extends="prod", abstract=True)},
        state="states/main.json",
        marker=MarkerMode.NAME,
        tuning=Tuning(settle_window_s=120, request_timeout_s=2.5, parallelism=8, rate=0),
        limits=Limits(max_instances=2, max_gpus=8, allowed_clusters=("us-*",), max_deletes_per_run=0),
        policy=("policy/*.schema.json",),
    )


def test_everything_may_be_left_out() -> None:
    """Then what holds without a project file holds, but for the file's own name."""
    assert read("{}\n") == Project(file="gpuspec.yaml")
    assert read("variables:\nenvironments:\nlimits:\n") == Project(file="gpuspec.yaml")


# text -> code, place, words of the message, words of the hint
FAULTS = [
    ("- a\n", "not-a-map", "1:1", "A project file is a map; this is a list", "keys with values"),
    ("", "file-empty", "1:1", "nothing in it", ""),
    ("a: [\n", "yaml-syntax", "1:4", "", ""),
    ("\x00", "bad-character", "1:1", "", ""),
    ("projet: x\n", "unknown-field", "1:1", "A project file has no field `projet`", "did you mean `project`?"),
    ("project: My Project!\n", "wrong-pattern", "1:10", "lower-case letters", "write `my-project`."),
    ("project: '!'\n", "wrong-pattern", "1:10", "lower-case letters", "as in `trainers`."),
    ("project: 5\n", "wrong-type", "1:10", "takes text", 'write `project: "5"`.'),
    ("version: 2\n", "bad-version", "1:10", "the file says 2", "version: 1"),
    ("requires: soon\n", "wrong-pattern", "1:11", '"soon" says no version', '">=0.1"'),
    ("cloud: aws\n", "not-in-list", "1:8", "it takes `novita` or `simulator`", "write `novita`"),
    ("marker: envs\n", "not-in-list", "1:9", "can't be", "did you mean `env`?"),
    ("endpoint: api.novita.ai\n", "wrong-pattern", "1:11", '"api.novita.ai" is no origin', "as in `endpoint: https://"),
    ("endpoint: https://me:pw@x\n", "wrong-pattern", "1:11", "This is no origin", ""),
    ("endpoint: https://x/v1\n", "wrong-pattern", "1:11", "is no origin", ""),
    ("endpoint: http://example.com\n", "wrong-pattern", "1:11", "plain http", "write `https://`."),
    ("specs: []\n", "too-few", "1:8", "at least 1 item", ""),
    ("specs: a.yaml\n", "wrong-type", "1:8", "takes a list", ""),
    ("parallelism: 0\n", "below-minimum", "1:14", "at least 1", "from 1 to 256"),
    ("requestTimeout: 0\n", "below-minimum", "1:17", "more than 0", "write a number above 0."),
    ("rate: -1\n", "below-minimum", "1:7", "at least 0", ""),
    ("rate: fast\n", "wrong-type", "1:7", "takes a number", ""),
    ("variables: {a-b: {}}\n", "wrong-pattern", "1:13", "letters, digits and underscores", "templates"),
    ("variables: {range: {}}\n", "variable-reserved", "1:13", "`range` means something else", "another name"),
    ("variables: {a: {typ: x}}\n", "unknown-field", "1:17", "A variable has no field `typ`", "did you mean `type`?"),
    ("variables: {a: {type: strng}}\n", "not-in-list", "1:23", "can't be", "did you mean `string`?"),
    ("variables: {a: 5}\n", "not-a-map", "1:16", "takes a map", ""),
    ("variables: {a: {type: integer, default: x}}\n", "variable-wrong", "1:41", "takes a whole number", "change"),
    ("variables: {a: {default: 5}}\n", "variable-wrong", "1:26", "`a` takes text; this is 5.", "change"),
    ("variables: {a: {enum: [x], default: y}}\n", "variable-wrong", "1:37", "one of its `enum`", "change"),
    ("variables: {a: {enum: [5]}}\n", "variable-wrong", "1:24", "takes text; this is 5.", "change"),
    ("variables: {a: {pattern: 'x+', default: y}}\n", "variable-wrong", "1:41", "fits `x+` as a whole", "change"),
    ("variables: {a: {pattern: '('}}\n", "project-invalid", "1:26", "The pattern can't be read", "groups"),
    ("variables: {a: {pattern: '(?=x)', default: y}}\n", "project-invalid", "1:26", "looks ahead", "groups"),
    (
        "variables: {a: {type: integer, pattern: x}}\n",
        "project-invalid",
        "1:32",
        "Only text can have a pattern",
        "take `pattern` out",
    ),
    (
        "variables: {a: {type: list, sensitive: true}}\n",
        "project-invalid",
        "1:29",
        "Only text can be sensitive",
        "take `sensitive` out",
    ),
    ("environments: {Prod: {}}\n", "wrong-pattern", "1:16", "lower-case", "write `prod`."),
    ("environments: {p: {x: 1}}\n", "unknown-field", "1:20", "An environment has no field `x`", "it may have"),
    ("environments: {p: {endpoint: 'http://x'}}\n", "wrong-pattern", "1:30", "plain http", ""),
    ("environments: {p: {variables: {a b: 1}}}\n", "wrong-pattern", "1:32", "letters", ""),
    ("environments: {p: {variables: {range: 1}}}\n", "variable-reserved", "1:32", "`range`", ""),
    (
        "variables: {image: {}}\nenvironments: {p: {variables: {imgae: x}}}\n",
        "variable-undeclared",
        "2:32",
        "not among those",
        "did you mean `image`?",
    ),
    (
        "variables: {image: {}}\nenvironments: {p: {variables: {z: x}}}\n",
        "variable-undeclared",
        "2:32",
        "not among those",
        "declare it",
    ),
    (
        "environments: {prod: {extends: bsae}, base: {}}\n",
        "environment-unknown",
        "1:32",
        "`prod` extends `bsae`, and there is no environment",
        "did you mean `base`?",
    ),
    ("environments: {p: {extends: x}}\n", "environment-unknown", "1:29", "no environment of that name", "no other"),
    ("environments: {p: {extends: 5}}\n", "wrong-type", "1:29", "takes text", ""),
    ("environments: {p: {extends: p}}\n", "environment-circle", "1:29", "circle: `p` extends `p`.", "take one"),
    (
        "environments: {a: {extends: b}, b: {extends: c}, c: {extends: b}}\n",
        "environment-circle",
        "1:46",
        "in a circle: `b` extends `c` extends `b`.",
        "take one `extends` out.",
    ),
    ("environments: {p: {abstract: true}}\n", "project-invalid", "1:30", "All environments are abstract", "take one"),
    (
        "environments: {p: {abstract: true, state: x}, q: {}}\n",
        "project-invalid",
        "1:36",
        "`p` is abstract: nothing is made in it",
        "take `state` out",
    ),
    (
        "environments: {p: {state: s/x}, q: {state: s/./x}}\n",
        "project-invalid",
        "1:44",
        "`q` and `p` have the same state file",
        "name another file",
    ),
    ("limits: {maxInstance: 1}\n", "unknown-field", "1:10", "`limits` has no field", "did you mean `maxInstances`?"),
    ("limits: {maxGpus: -1}\n", "below-minimum", "1:19", "at least 0", ""),
    ("limits: {allowedProducts: []}\n", "too-few", "1:27", "at least 1 item", ""),
    ("limits: [1]\n", "not-a-map", "1:9", "takes a map", ""),
    ("environments: {p: {limits: {x: 1}}}\n", "unknown-field", "1:29", "`limits` has no field `x`", ""),
    ("policy: []\n", "too-few", "1:9", "at least 1 item", ""),
    ("policy: [../x.json]\n", "project-invalid", "1:10", "leads outside the project folder", "counts from"),
    ("policy: [/x.json]\n", "project-invalid", "1:10", "leads outside the project folder", "counts from"),
    ("policy: ['**/x.json']\n", "project-invalid", "1:10", "every folder below", "counts from"),
    ("policy: [x/]\n", "project-invalid", "1:10", "names a folder", "counts from"),
    (
        "environments: {p: {policy: [/x]}}\n",
        "project-invalid",
        "1:29",
        "leads outside the project folder",
        "counts from",
    ),
    (
        "variables: {n: {type: integer}}\nenvironments: {p: {variables: {n: x}}}\n",
        "variable-wrong",
        "2:35",
        "takes a whole number",
        "",
    ),
]


@pytest.mark.parametrize(("text", "code", "place", "message", "hint"), FAULTS, ids=lambda value: str(value)[:32])
def test_a_fault_of_a_project_file(text: str, code: str, place: str, message: str, hint: str) -> None:
    """In our words, with its place and line."""
    (problem,) = faults(text)

    assert (problem.code, str(problem.place)) == (code, f"gpuspec.yaml:{place}")
    assert message in problem.message
    assert hint in problem.hint


def test_every_environment_of_a_circle_has_its_place() -> None:
    """The first one in the file is the fault, the others stand beside it; what leads into the circle is sound."""
    (problem,) = faults("environments:\n  in: {extends: c}\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n")

    assert str(problem.place) == "gpuspec.yaml:3:16"
    assert [str(related.place) for related in problem.related] == ["gpuspec.yaml:4:16", "gpuspec.yaml:5:16"]


def test_all_faults_come_in_file_order_with_their_lines() -> None:
    """In one go, those between parts too."""
    found = faults("cloud: aws\nvariables: {a: {type: integer, default: x}, b: {typ: 1}}\nrate: -1\n")

    assert [problem.code for problem in found] == ["not-in-list", "variable-wrong", "unknown-field", "below-minimum"]
    assert found[0].excerpt == "cloud: aws"


@pytest.mark.parametrize(
    "text",
    [
        "variables: {a: {sensitive: true, default: [s3cr3t]}}\n",
        "variables: {a: {sensitive: true, enum: [x], default: s3cr3t}}\n",
        "variables: {a: {sensitive: true}}\nenvironments: {p: {variables: {a: [s3cr3t]}}}\n",
    ],
)
def test_a_sensitive_value_is_not_in_a_message(text: str) -> None:
    """The file is the user's, a message may go anywhere."""
    (problem,) = faults(text)

    assert "s3cr3t" not in f"{problem}"


def test_nothing_is_a_template() -> None:
    """The project file is read before there are variables."""
    result = read("variables: {a: {default: '{{ b }}'}}\n")

    assert isinstance(result, Project)
    assert result.variables["a"].default == "{{ b }}"


REQUIREMENTS = [
    (">=0.1", "0.1.0", True),
    (">=0.2", "0.1.9", False),
    (">0.1", "0.1.0", False),
    (">0.1", "0.1.1", True),
    ("<1", "0.9.9", True),
    ("<0.1", "0.1.0.dev3", False),
    ("<=0.1", "0.1.0", True),
    ("==0.1.0", "0.1.0", True),
    ("==0.1.1", "0.1.0", False),
    ("~=0.1", "0.9.0", True),
    ("~=0.1", "1.0.0", False),
    ("~=0.1.2", "0.1.5", True),
    ("~=0.1.2", "0.2.0", False),
    ("~= 0.1.2, <0.1.4", "0.1.5", False),
    (">=0.1", "unknown", False),
]


@pytest.mark.parametrize(("requires", "version", "met"), REQUIREMENTS)
def test_a_project_can_require_a_version(requires: str, version: str, *, met: bool) -> None:
    """Another one reads no further: what it doesn't know may be right."""
    result = read(f'requires: "{requires}"\nlater: 1\n', version=version)

    assert isinstance(result, Problems)
    assert [problem.code for problem in result.items] == ["unknown-field" if met else "requires-later"]


def test_a_project_for_an_earlier_version_says_so() -> None:
    """The hint goes the other way."""
    result = read('requires: "<0.1"\n')

    assert isinstance(result, Problems)
    (problem,) = result.items
    assert problem.message == "This project requires gpuspec <0.1; this is 0.1.0."
    assert problem.hint == "use an earlier gpuspec."


def test_names_that_templates_use_are_reserved() -> None:
    """Every function that a template has at hand."""
    environment = TemplateEnvironment(Emitter(Meter(Bounds())), lambda _: None, whole_lines=True)

    assert set(environment.globals) <= RESERVED


@pytest.mark.parametrize("url", ["s3://team", "gs://team/gpu/states/", "az://container/x"])
def test_a_state_may_be_shared(url: str) -> None:
    """A URL of an object store is taken as it is; an environment may have one of its own."""
    project = read(f"version: 1\nstate: {url}\nenvironments:\n  prod:\n    state: {url}x\n")

    assert isinstance(project, Project)
    assert (project.state, project.environments["prod"].state) == (url, f"{url}x")


@pytest.mark.parametrize("url", ["s3://user:hush@team/x", "s3://team/x?token=hush", "https://hush/x", "S3://hush"])
def test_a_state_url_that_is_none_is_a_fault_and_is_not_shown(url: str) -> None:
    """It may have a password in it, so the line is not shown either."""
    found = faults(f"version: 1\nstate: {url}\nenvironments:\n  prod:\n    state: {url}x\n")

    assert [(problem.path, problem.code) for problem in found] == [
        ("state", "wrong-pattern"),
        ("environments.prod.state", "wrong-pattern"),
    ]
    assert "hush" not in repr([replace(problem, place=None) for problem in found])
