"""Text to instances, pure: template, yamltext, schema, check, build.

In: `Source`s, variables, a reader for included files. Out: instances by address, or problems with places.
May import: `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
