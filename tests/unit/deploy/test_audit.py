"""The audit of dependencies names a pinned version that an advisory names, and no other."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.audit import NODE, PYTHON, ROOT, Pinned, hits, is_affected, main, pinned_node, pinned_python


def advisory(ecosystem: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    kind = "SEMVER" if ecosystem == NODE else "ECOSYSTEM"
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": kind, "events": list(events)}],
        "versions": more.pop("versions", []),
    }
    return {
        "id": "MADE-2026-1",
        "modified": "2026-11-28T10:00:00Z",
        "summary": "made up",
        "affected": [affected],
    } | more


@pytest.mark.parametrize(
    ("version", "events", "affected"),
    [
        ("1.4.9", [{"introduced": "0"}, {"fixed": "1.5"}], True),
        ("1.5", [{"introduced": "0"}, {"fixed": "1.5"}], False),
        ("1.10", [{"introduced": "1.9"}, {"fixed": "1.11"}], True),
        ("1.10", [{"introduced": "1.2"}, {"last_affected": "1.9"}], False),
        ("1.9", [{"introduced": "1.2"}, {"last_affected": "1.9"}], True),
        ("2.5", [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.6"}], True),
        ("1.7", [{"introduced": "2.0"}, {"fixed": "2.6"}, {"introduced": "0"}, {"fixed": "1.5"}], False),
        ("1.5rc1", [{"introduced": "0"}, {"fixed": "1.5"}], True),
        ("3.0.post1", [{"introduced": "0"}], True),
    ],
)
def test_a_version_is_affected_as_the_range_says(version: str, events: list[dict[str, str]], affected: bool) -> None:
    (named,) = advisory(PYTHON, "thing", *events)["affected"]
    assert is_affected(Pinned(PYTHON, "thing", version), named) is affected


def test_node_packages_are_compared_as_semantic_versions() -> None:
    (named,) = advisory(NODE, "@scope/thing", {"introduced": "1.0.0"}, {"fixed": "1.10.0"})["affected"]
    for version, affected in (("1.9.9", True), ("1.10.0-rc.1", True), ("1.10.0", False), ("0.9.0", False)):
        assert is_affected(Pinned(NODE, "@scope/thing", version), named) is affected


def test_a_list_of_versions_counts_and_names_are_the_same_in_every_spelling() -> None:
    made = advisory(PYTHON, "Typing_Extensions", versions=["4.1"])
    pinned = list(
        pinned_python('typing-extensions==4.1 \\\n    --hash=sha256:00\nother[x]==2 ; python_version < "4"\n')
    )
    assert [one.version for one in pinned] == ["4.1", "2"]
    assert [hit.pinned.name for hit in hits(pinned, [made])] == ["typing-extensions"]
    assert not hits(pinned, [made | {"withdrawn": "2026-11-29T00:00:00Z"}])
    assert not hits(pinned, [advisory(NODE, "typing-extensions", versions=["4.1"])])


def test_packages_below_others_and_renamed_ones_are_seen() -> None:
    lock = {
        "packages": {
            "": {"name": "ours"},
            "node_modules/a": {"version": "1.0.0"},
            "node_modules/a/node_modules/@s/b": {"version": "2.0.0"},
            "node_modules/alias": {"version": "3.0.0", "name": "true-name"},
            "node_modules/linked": {"link": True},
        }
    }
    assert [(one.name, one.version) for one in pinned_node(json.dumps(lock))] == [
        ("a", "1.0.0"), ("@s/b", "2.0.0"), ("true-name", "3.0.0"),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["file", "list", "folder", "zip"])
def test_a_made_advisory_that_names_a_pinned_version_fails_the_audit(tmp_path: Path, form: str) -> None:
    locks = [
        *pinned_python((ROOT / "requirements.lock").read_text()),
        *pinned_node((ROOT / "package-lock.json").read_text()),
    ]
    for ecosystem in (PYTHON, NODE):
        one = next(pinned for pinned in locks if pinned.ecosystem == ecosystem)
        made = advisory(ecosystem, one.name, {"introduced": "0"}, {"last_affected": one.version})
        path = tmp_path / f"{ecosystem}.json"
        path.write_text(json.dumps([made] if form == "list" else made))
        if form == "zip":
            with zipfile.ZipFile(tmp_path / f"{ecosystem}.zip", "w") as archive:
                archive.write(path, "MADE-2026-1.json")
            path = tmp_path / f"{ecosystem}.zip"
        result = CliRunner().invoke(main, [str(tmp_path if form == "folder" else path)])
        assert result.exit_code == 1, result.output
        assert "the newest of 2026-11-28" in result.output
        assert f"✗ {one.name} {one.version} ({ecosystem}): MADE-2026-1" in result.output
        accepted = CliRunner().invoke(main, [str(path), "--accept", "MADE-2026-1"])
        assert (accepted.exit_code, "✓ none" in accepted.output) == (0, True)


def test_what_is_no_advisory_or_too_old_does_not_pass(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ("", "{}", "[]", '{"vulns": []}', "[1]", "no json"):
        path.write_text(text)
        assert CliRunner().invoke(main, [str(path)]).exit_code == 2, text
    path.write_text(
        json.dumps(advisory(PYTHON, "nothing-here", {"introduced": "0"}) | {"modified": "2020-01-01T00:00:00Z"})
    )
    assert CliRunner().invoke(main, [str(path)]).exit_code == 0
    assert CliRunner().invoke(main, [str(path), "--not-older-than", "30"]).exit_code == 1
