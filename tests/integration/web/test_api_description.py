"""What the API's description says is what happens: schemathesis asks everything that it describes, in two roles.

A fixed seed and a bounded number of cases: the same ones each time. `SCHEMATHESIS_EXAMPLES=200` looks longer.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from dispatch.workflow import Role
from tests.support.web_rig import WebRig

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "3")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
ENDS_ITS_OWN_SESSION = ("close_session", "end_my_session")


def open_to(role: Role, described: dict[str, Any]) -> dict[str, Any]:
    """Without what answers 403 to this role anyway (tests/integration/access/test_web_roles.py holds that)."""
    paths = {
        path: {method: one for method, one in methods.items() if role in one.get("x-roles", [role])}
        for path, methods in described["paths"].items()
    }
    return described | {"paths": {path: methods for path, methods in paths.items() if methods}}


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.OFFICE])
async def test_no_answer_of_the_api_is_other_than_described(web_rig: WebRig, role: Role, tmp_path: Path) -> None:
    description = tmp_path / "openapi.json"
    description.write_text(json.dumps(open_to(role, await web_rig.get(role, "/api/openapi.json"))))
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(description), "--url", web_rig.url,
        "--header", f"Authorization: Bearer {await web_rig.token(role)}",
        "--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "12345",
        "--workers", "2", "--continue-on-failure", "--no-color", "--warnings", "off", "--request-timeout", "30",
        *(part for name in ENDS_ITS_OWN_SESSION for part in ("--exclude-operation-id", name)),
    ]  # fmt: skip
    run = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    result, _ = await run.communicate()
    assert run.returncode == 0, result.decode()[-6000:]
