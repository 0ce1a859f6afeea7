"""The layout of a spec: indentation, order of keys, blank lines. Lines are moved; what stands in them stays.

In: the text of one file. Out: the text laid out, or why it can't be without changing what it says.
May import: the rest of `gpuspec.spec`, `gpuspec.model`, `gpuspec.errors`.
"""
