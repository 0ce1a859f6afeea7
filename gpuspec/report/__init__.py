"""Values to text, pure: one view model, then text and JSON.

In: plans, outcomes, problems, errors. Out: lines of text, plain or with style names; nothing is printed here.
May import: `gpuspec.spec`, `gpuspec.planning`, `gpuspec.codec`, `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
