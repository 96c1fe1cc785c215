"""`hotline staff`: the desk's audit log has what happened, and nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from devtools.local import made_up
from hotline.cli import hotline
from hotline.store.desk_audit import DeskAudit
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role


@pytest.mark.parametrize(
    ("command", "says", "refused"),
    [
        (("remove", "mari"), "there is no account mari", []),
        (("link", "mari"), "there is no account mari; create it with: hotline staff add mari", []),
        (
            ("add", "maria"),
            "there is already an account maria; for a new link: hotline staff link maria",
            [("made an account", "maria", True)],
        ),
    ],
)
def test_what_does_not_happen_is_not_in_the_audit_log(
    command: tuple[str, ...],
    says: str,
    refused: list[tuple[str, str, bool]],
    redis: Redis,
    redis_url: str,
    tmp_path: Path,
) -> None:
    """A typo would stay there for a year; what is refused stands there as refused."""
    Accounts(redis).add("maria", Role.STAFF)
    environ = made_up.complete({"REDIS_URL": redis_url}, tmp_path)
    done = CliRunner().invoke(hotline, ["staff", *command], env=environ)
    assert (1, True) == (done.exit_code, says in done.output), done.output
    assert refused == [(row.what, row.about, row.refused) for row in DeskAudit(redis).rows()]
    done = CliRunner().invoke(hotline, ["staff", "remove", "maria"], env=environ)
    assert 0 == done.exit_code
    removed = ("removed an account", "maria", False)
    assert removed in [(row.what, row.about, row.refused) for row in DeskAudit(redis).rows()]
