"""`gpuspec start`: tell recorded machines to start."""

from gpuspec.cli.power import power_command
from gpuspec.model.state import Call

command = power_command(Call.START, "Switch recorded machines on that were stopped; it may fail for lack of capacity.")
