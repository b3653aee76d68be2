"""A private PostgreSQL of this installation, so that nobody has to set one up.

Made once under `var/postgres`, reached only through a unix socket in a folder that nobody else may enter, started as a
daemon of its own so that it outlives a killed program. PostgreSQL refuses to run as root; then it runs as Debian's
`postgres` account, and where that account cannot reach `var` (a home folder of root), the data lies in /var/lib/hotline
instead: see `Cluster.data`.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from core.errors import ConfigurationError

USER = "hotline"
DATABASE = "hotline"
SETTINGS = ("timezone=UTC", "jit=off", "max_parallel_workers_per_gather=0", "random_page_cost=1.1")
"""People wait for the newest fifty of something: compiling such a question, and helpers that read ahead of what is
wanted, take longer than the answer. What is read lies in memory or on an SSD."""
_SOCKET_PATH_LIMIT = 90
"""The kernel takes 107 bytes for a socket's whole path; PostgreSQL's own file name needs the rest."""


@dataclass(frozen=True)
class Cluster:
    binaries: Path
    data: Path
    socket: Path
    run_as: str | None
    """The account to run as where we are root; None: ourselves."""

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={self.socket}"

    def is_running(self) -> bool:
        return (self.data / "PG_VERSION").exists() and self._run("pg_ctl", "-D", self.data, "status").returncode == 0

    def start(self, *options: str) -> None:
        """Make the cluster if it is not there, start it if it is not running. Raises ConfigurationError with the
        log's end."""
        self._make()
        if self.is_running():
            return
        self._own(self.socket)
        wanted = (f"unix_socket_directories={self.socket}", "listen_addresses=''", *SETTINGS)
        settings = [*(f"-c {setting}" for setting in wanted), *options]
        log = self.data.parent / "postgres.log"
        done = self._run("pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "60", "-o", " ".join(settings), "start")
        if done.returncode != 0 and not self.is_running():
            end = log.read_text(errors="replace")[-1500:] if log.exists() else done.stderr
            raise ConfigurationError(f"the private PostgreSQL in {self.data} does not start:\n{end}")
        if DATABASE not in self._psql("postgres", "SELECT datname FROM pg_database").split():
            self._psql("postgres", f"CREATE DATABASE {DATABASE}")

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def remove(self) -> None:
        """Take the stopped cluster and all that is in it away. For demonstrations."""
        shutil.rmtree(self.data.parent, ignore_errors=True)

    def _make(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        self._own(self.data.parent)
        # Made beside and renamed, so that a set-up which died half-way is not taken for a cluster.
        unfinished = self.data.with_name(self.data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        done = self._run(
            *(
                "initdb",
                "-D",
                unfinished,
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-U",
                USER,
                "-A",
                "trust",
                "--no-instructions",
            )
        )
        if done.returncode != 0:
            raise ConfigurationError(f"PostgreSQL's initdb failed: {done.stderr.strip()}")
        unfinished.rename(self.data)

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.run_as:
            shutil.chown(folder, self.run_as)

    def _psql(self, database: str, statement: str) -> str:
        done = self._run("psql", "-h", self.socket, "-U", USER, "-d", database, "-XAtc", statement)
        if done.returncode != 0:
            raise ConfigurationError(f"the private PostgreSQL does not answer: {done.stderr.strip()}")
        return done.stdout

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        become = ["setpriv", f"--reuid={self.run_as}", "--regid", self.run_as, "--init-groups"] if self.run_as else []
        command = [*become, str(self.binaries / program), *map(str, arguments)]
        # The daemon would keep a pipe of ours open and we would wait for its end for ever: hence files.
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd="/", timeout=120, check=False
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())


def find_cluster(folder: Path) -> Cluster:
    """The private cluster that belongs to `folder` (made or not). Raises ConfigurationError where PostgreSQL is
    missing."""
    binaries = find_binaries()
    run_as = "postgres" if os.geteuid() == 0 else None
    if run_as:
        _check_account(run_as)
        folder = _reachable(folder, run_as)
    return Cluster(binaries, folder / "data", _socket_folder(folder), run_as)


def find_binaries() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise ConfigurationError(
        "PostgreSQL's server is not installed. Fix: apt-get install postgresql, or set DATABASE_URL."
    )


def _check_account(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise ConfigurationError(
            f"PostgreSQL refuses to run as root, and there is no account {name!r}. "
            "Fix: apt-get install postgresql (it makes the account), or set DATABASE_URL."
        ) from None


def _reachable(folder: Path, account: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    command = ["setpriv", f"--reuid={account}", "--regid", account, "--init-groups", "test", "-x"]
    if subprocess.run([*command, str(folder.parent)], check=False, cwd="/").returncode == 0:
        return folder
    return Path("/var/lib/hotline") / _fingerprint(folder)


def _socket_folder(folder: Path) -> Path:
    beside = folder / "socket"
    return beside if len(str(beside)) <= _SOCKET_PATH_LIMIT else Path("/tmp") / f"hotline-{_fingerprint(folder)}"  # noqa: S108


def _fingerprint(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode()).hexdigest()[:12]
