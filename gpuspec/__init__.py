"""gpuspec: a declarative applier for GPU instances."""

__version__ = "0.1.0"
