"""Where state lives: journal, snapshot, lock and the rules that bind them.

In: journal entries and snapshots. Out: a state that lost nothing, or a StateError.
May import: `gpuspec.codec`, `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
