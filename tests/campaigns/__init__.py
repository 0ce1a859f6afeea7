"""Campaigns: proof that takes long, seed by seed; `python -m tests.campaigns NAME --seeds N` runs one.

A campaign is a function of a seed that fails with what went wrong. The test command runs a small version of each.
"""
