"""Where SSH listens is told in parts that no program can take for anything else."""

import pytest

from gpuspec.model.reach import Ssh, ssh_at

GOOD = {"user": "root", "host": "proxy.us-ca-6.gpu-instance.novita.ai", "port": 30022}


def test_a_host_name_with_a_user_and_a_port_is_a_place() -> None:
    """Addresses in numbers are host names too."""
    assert ssh_at("root", "10.0.0.1", 65535) == Ssh(user="root", host="10.0.0.1", port=65535)


@pytest.mark.parametrize(
    "part",
    [
        *(
            {"host": host}
            for host in ("", "-v", "-oProxyCommand=x", "a b", "a\n", "a;b", "a..b", ".a", "a.", "a-", "ä.ai")
        ),
        *(
            {"host": host}
            for host in ("a" * 64, ".".join(["a" * 63] * 4) + ".a", "host:22", "root@host", "$(id)", "a\0")
        ),
        *({"user": user} for user in ("", "-l", "Root", "a b", "root;id", "x" * 33, "root\n", "1a")),
        *({"port": port} for port in (0, -1, 65536)),
    ],
    ids=str,
)
def test_a_part_that_could_mean_something_else_makes_no_place(part: dict[str, object]) -> None:
    """Neither by the function that asks nor by the constructor."""
    parts = {**GOOD, **part}

    assert ssh_at(**parts) is None  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="SSH"):
        Ssh(**parts)  # type: ignore[arg-type]
