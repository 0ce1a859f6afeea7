"""Desired, recorded and live to a plan, pure: compare, decide, guard.

In: instances, state, observation. Out: a plan, and what refuses it.
May import: `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
