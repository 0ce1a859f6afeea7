"""JSON Schemas (draft 2020-12) of what users write, as Python data derived from the field table.

In: `gpuspec.model.fields`. Out: one dict a document kind, and its text.
May import: `gpuspec.model`, `gpuspec.errors`.
"""
