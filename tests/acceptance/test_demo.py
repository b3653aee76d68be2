"""The demonstration is a test: a whole installation, real calls, killed in the middle, and everything proven."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_demonstration_proves_all_that_it_claims_and_leaves_nothing_running(tmp_path: Path) -> None:
    environment = {**os.environ, "HOTLINE_VAR": str(tmp_path), "HOTLINE_OPT": str(ROOT / "var/opt")}
    done = subprocess.run(
        [sys.executable, "-m", "demo", "play"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    report = json.loads((tmp_path / "demo/report.json").read_text())
    assert report["ok"] is True
    assert [proof["name"] for proof in report["proofs"] if not proof["ok"]] == []
    assert len([call for call in report["calls"] if call["direction"] == "inbound"]) == 4
    assert [order["state"] for order in report["orders"]] == ["dispatched", "dispatched"]
    assert processes_in(tmp_path) == []


def processes_in(folder: Path) -> list[str]:
    commands = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            commands.append(command)
    return commands
