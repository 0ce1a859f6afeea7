"""Whole commands against a service that is to be reached by TLS: who can't prove who it is, is told nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders.certificates import FLAWS, GOOD, Certificates, certificates
from tests.builders.fleet import a_service
from tests.builders.shell import Said, Shell, a_spec
from tests.campaigns.fault_proxy import Proxy, a_proxy

CREATE = ("apply", "--yes", "--wait", "none")


@contextmanager
def a_home(folder: Path) -> Iterator[tuple[Shell, Proxy, Certificates]]:
    """A project whose service has TLS before it, and the certificates that it may show."""
    with certificates() as made, made.trusted(), a_service() as service, a_proxy(service.origin) as proxy:
        shell = Shell(folder, NOVITA_API_KEY="sk_certificates_0123")
        endpoint = proxy.origin.replace("http:", "https:")
        shell.write("gpuspec.yaml", f"version: 1\nproject: demo\nendpoint: {endpoint}\nrequestTimeout: 5\n")
        shell.write("instances.yaml", a_spec("trainer"))
        yield shell, proxy, made


def applied(shell: Shell, proxy: Proxy, made: Certificates, certificate: str) -> Said:
    """An apply of which each connection is shown this certificate."""
    proxy.offers = lambda _: made.servers[certificate]
    return shell(*CREATE)


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_certificate_that_proves_nothing_is_refused_before_anything_is_sent(tmp_path: Path, flaw: str) -> None:
    """1, with what is wrong with it; not a call is told, nothing is left open, and a good one makes the instance."""
    with a_home(tmp_path) as (shell, proxy, made):
        said = applied(shell, proxy, made, flaw)

        assert (said.status, said.out, proxy.heard) == (1, "", 0)
        assert FLAWS[flaw].says in said.err
        assert not (tmp_path / "gpuspec.state.json").exists()
        assert applied(shell, proxy, made, GOOD).out.endswith("Ledger: 1 done\n")


def test_the_message_names_the_service_the_reason_and_the_way_out(tmp_path: Path) -> None:
    """What, where, and how to mend."""
    with a_home(tmp_path) as (shell, proxy, made):
        said = applied(shell, proxy, made, "certificate that expired")

        endpoint = proxy.origin.replace("http:", "https:")
        assert said.err == (
            "error: the service's certificate is not accepted\n"
            f"  {endpoint} does not prove who it is: certificate has expired. Nothing was sent to it, the API key "
            "neither.\n\n"
            "hint: check the endpoint, and this machine's clock; a proxy that opens TLS has to let this host through. "
            "gpuspec trusts the public authorities alone, and no option switches that off.\n"
        )


@pytest.mark.parametrize("command", ["plan", "status", "audit", "drift", "restart trainer --yes", "destroy --yes"])
def test_every_command_that_asks_the_service_refuses_it(tmp_path: Path, command: str) -> None:
    """Whether it only looks or changes something."""
    with a_home(tmp_path) as (shell, proxy, made):
        applied(shell, proxy, made, GOOD)
        heard, proxy.offers = proxy.heard, lambda _: made.servers["self-signed certificate"]
        said = shell(*command.split())

        assert (said.status, proxy.heard) == (1, heard)
        assert "does not prove who it is" in said.err


def test_no_environment_variable_widens_whom_gpuspec_trusts(tmp_path: Path) -> None:
    """Whoever can set one for a process would else read the key."""
    with a_home(tmp_path) as (shell, proxy, made):
        proxy.offers = lambda _: made.servers["certificate of an unknown authority"]
        said = shell(*CREATE, SSL_CERT_FILE=str(made.strangers), REQUESTS_CA_BUNDLE=str(made.strangers))

        assert (said.status, proxy.heard) == (1, 0)
