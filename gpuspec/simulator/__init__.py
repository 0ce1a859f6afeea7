"""The GPU instance service, played from its documentation.

In: HTTP requests as any client sends them, faults, a clock. Out: the service's answers.
May import: `gpuspec.errors` only: its rules come from the API's reference, not from our field table.
"""
