"""Tests of specs: files of tests to what they expect, and that against what the specs come to.

In: a file of tests; the instances or problems of a set of specs. Out: tests; differences.
May import: the rest of `gpuspec.spec`, `gpuspec.model`, `gpuspec.errors`.
"""
