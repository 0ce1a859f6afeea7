"""`gpuspec audit`: whose every instance of the account is."""

import os
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.invocation import invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options
from gpuspec.cli.session import reading_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.audit import audit_document
from gpuspec.report.audit import audit_lines
from gpuspec.workflow.audit import audit


@click.command(
    "audit",
    epilog="Exit status: 7 when there is a stray, an instance of ours without a record or an open request; 4 when the "
    "listing is incomplete or something can't be told; else 0.",
)
@common_options
@cloud_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Show whose every instance of the account is: recorded here, a stray, ours without a record, another project's
    or nobody's; takes no lock and writes nothing.
    """
    call = invocation(ctx, given)
    choice = cloud_choice(given)
    place = offline_of(call.common, (), choice, environ=os.environ)
    found = complete(audit(reading_for(call, place, choice)))
    if call.common.as_json:
        call.terminal.document(audit_document(found))
    else:
        call.terminal.result(audit_lines(found, calling=noted()))
    return found.exit_status
