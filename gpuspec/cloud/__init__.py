"""The API: the only folder that knows a URL, a header or a response's shape.

In: requests in the model's words. Out: answers in the model's words, each failure classified.
May import: `gpuspec.codec`, `gpuspec.ports`, `gpuspec.model`, `gpuspec.errors`.
"""
