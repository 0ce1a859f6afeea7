"""One file a use case, each a tuple of named steps over one frozen Session: the library's front door.

In: a Session and what the user asked for. Out: results as values.
May import: everything but `gpuspec.report` and `gpuspec.cli`.
"""
