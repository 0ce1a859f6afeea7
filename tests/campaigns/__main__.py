"""Runs a campaign: `python -m tests.campaigns NAME [--seeds N] [--first SEED] [--jobs N]`."""

import sys

from tests.campaigns.campaign import main

sys.exit(main(sys.argv[1:]))
