"""Jinja2, made safe in shape and exact in place: source text to `Rendered`.

In: a `Source`, variables, a reader for includes, bounds. Out: `Rendered`, or problems with places.
May import: `gpuspec.spec.rendered`, `gpuspec.spec.source`, `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
