"""A plan to outcomes: the only place where requests that change something are decided on.

In: a plan, a cloud, a journal. Out: an outcome for every address, each durable before it is reported.
May import: `gpuspec.spec`, `gpuspec.planning`, `gpuspec.codec`, `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
