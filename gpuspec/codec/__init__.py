"""State, plan, journal and event documents to values and back; versions and upgrades; pure.

In: bytes or values. Out: values or bytes, or a StateError that says what is damaged.
May import: `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
