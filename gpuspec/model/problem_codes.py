"""The table of problem codes: kebab-case code -> the fixed words of its summary.

A code is part of the interface (`--json`, `problems[].code`): it is never renamed, only retired.
"""

from types import MappingProxyType

SUMMARIES = MappingProxyType(
    {
        # reading the file
        "file-missing": "file not found",
        "file-unreadable": "file can't be read",
        "file-is-a-folder": "a folder, not a file",
        "file-too-large": "file too large",
        "file-empty": "nothing in the file",
        "not-utf8": "not UTF-8 text",
        "bad-character": "character not allowed",
        "outside-project": "file outside the project folder",
        "too-many-faults": "more faults than are told",
        "not-formatted": "layout left as it is",
        # templates
        "template-syntax": "template syntax",
        "template-error": "template error",
        "template-too-deep": "nested too deeply",
        "template-too-long": "template works too long",
        "template-too-big": "template makes too much",
        "template-forbidden": "not allowed in a template",
        "undefined-variable": "undefined variable",
        "include-missing": "included file not found",
        "value-not-insertable": "value can't be inserted",
        "secret-misused": "secret used as a value",
        "secret-unknown-kind": "unknown kind of secret",
        # YAML
        "yaml-syntax": "YAML syntax",
        "yaml-version": "YAML version not supported",
        "yaml-tag": "YAML tag not supported",
        "yaml-alias": "YAML alias not allowed here",
        "yaml-too-deep": "nested too deeply",
        "yaml-too-big": "document too large when expanded",
        "yaml-merge": "YAML merge key not allowed here",
        "yaml-number": "number not supported",
        "several-documents": "more than one document",
        "duplicate-key": "duplicate key",
        "key-not-a-string": "key is not a string",
        "octal-looking": "number with a leading zero",
        # JSON
        "json-syntax": "JSON syntax",
        # the shape of a spec
        "not-a-map": "wrong type",
        "wrong-type": "wrong type",
        "unknown-field": "unknown field",
        "missing-field": "missing field",
        "below-minimum": "number too small",
        "above-maximum": "number too large",
        "too-short": "text too short",
        "too-long": "text too long",
        "too-many": "too many items",
        "too-few": "too few items",
        "not-in-list": "value not in the list",
        "wrong-pattern": "value doesn't fit the pattern",
        "control-character": "control character in a value",
        "bad-version": "unknown version of the spec format",
        "bad-address": "address not allowed",
        "duplicate-address": "address used twice",
        "moved-nowhere": "moved to what is not there",
        "moved-and-there": "moved from what is still there",
        "moved-twice": "moved twice",
        # rules between fields
        "reserved-port": "reserved port",
        "duplicate-port": "port used twice",
        "bad-port": "port not understood",
        "too-many-ports": "too many ports and tools",
        "duplicate-env": "environment variable set twice",
        "reserved-env": "reserved environment variable",
        "too-many-envs": "too many environment variables",
        "needs-monthly": "only with monthly billing",
        "image-auth-twice": "two kinds of image credentials",
        "same-mount-point": "two mounts on one mount point",
        "duplicate-name": "two instances with one name",
        "literal-secret": "secret written in the spec",
        "both-spellings": "one thing in two spellings",
        # variables and the project file
        "variable-undeclared": "variable not declared",
        "variable-missing": "variable without a value",
        "variable-wrong": "value doesn't fit its variable",
        "variable-sensitive": "sensitive variable on the command line",
        "variable-reserved": "variable name not allowed",
        "project-invalid": "project file",
        "requires-later": "a later gpuspec is required",
        "environment-unknown": "unknown environment",
        "environment-circle": "environments that extend each other",
        # policies and limits
        "policy-missing": "policy not found",
        "policy-unusable": "policy that can't be used",
        "policy-broken": "policy not kept",
        "limit-exceeded": "limit exceeded",
    }
)
