"""The nouns: frozen values that every other folder speaks in.

In: nothing. Out: instances, places, problems, secrets, plans, state, outcomes, events.
May import: `gpuspec.errors`.
"""
