"""`gpuspec stop`: tell recorded machines to stop."""

from gpuspec.cli.power import power_command
from gpuspec.model.state import Call

command = power_command(Call.STOP, "Switch recorded machines off. Their GPUs are given back, and may not be had again.")
