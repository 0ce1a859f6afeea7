"""`gpuspec restart`: tell recorded machines to restart."""

from gpuspec.cli.power import power_command
from gpuspec.model.state import Call

command = power_command(Call.RESTART, "Restart the containers of recorded machines.")
