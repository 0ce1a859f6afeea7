"""`gpuspec completion bash|zsh|fish`: the shell's completion script."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    gpuspec completion bash > ~/.local/share/bash-completion/completions/gpuspec
    gpuspec completion zsh > ~/.zfunc/_gpuspec
    gpuspec completion fish > ~/.config/fish/completions/gpuspec.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None
    root = ctx.find_root()
    script = completion(cli=root.command, ctx_args={}, prog_name="gpuspec", complete_var="_GPUSPEC_COMPLETE")
    # Click asks the installed bash for its version before it prints; the script itself needs no shell at hand.
    click.echo(script.source_template % script.source_vars())
