"""YAML text with tokens to a `Tree`: plain data with a place for each key and value; the home of ruamel's parser.

In: a `Rendered`. Out: a `Tree`, or the problems that leave none. The text is read in one pass over libyaml's events,
with the types of YAML 1.2's core schema; tokens become the values that they stand for only after parsing.
May import: `gpuspec.spec` modules beside this folder, `gpuspec.model`, `gpuspec.errors`.
"""
