"""Is this document a spec? Every fault in its own words, with its place and the way to mend it.

In: a `Tree`. Out: problems, and the fields of each instance with `defaults` merged in. The only user of jsonschema.
May import: `gpuspec.spec`, `gpuspec.model`, `gpuspec.errors`.
"""
