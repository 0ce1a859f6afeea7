"""One module a command: its options in click's words, its run in the workflow's.

In: parsed options. Out: an exit status; results and messages through `cli.terminal`.
"""
