"""The command line: argv, terminal, signals, limits, environment, exit status; the only place that prints.

In: what the user typed. Out: text on stdout and stderr, an exit status.
May import: everything.
"""
