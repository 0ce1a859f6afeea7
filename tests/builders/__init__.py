"""Builders that tests of several folders share: `tests.builders.x`."""
