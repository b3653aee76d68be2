"""Templates of replies: one for every kind, whole in itself, and no blank of one goes out to a citizen."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from dispatch.kinds import Kind
from dispatch.policy import Policy
from dispatch.replies.rules_file import reply_templates
from dispatch.supervision.evasive import mark_reply


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_template_with_facts_basis_and_next_step(policy: Policy, kind: Kind) -> None:
    template = policy.replies[kind]
    assert "依据：" in template.public_answer
    assert "下一步：" in template.public_answer
    assert template.blanks_left(template.done)
    assert template.blanks_left(template.public_answer)


@pytest.mark.parametrize("kind", Kind)
def test_no_template_reads_as_an_evasive_reply(policy: Policy, kind: Kind) -> None:
    assert policy.evasive
    template = policy.replies[kind]
    assert not mark_reply(policy.evasive, "门口的路灯坏了", template.done, template.public_answer, kind=kind)


def test_only_blanks_of_the_template_count_and_each_is_named_once(policy: Policy) -> None:
    template = policy.replies[Kind.HELP]
    assert template.blanks_left("【何时】【何时】到场，依据【2026】1号文件。") == ["【何时】"]
    assert template.blanks_left("昨晚到场，已更换灯头。") == []


def test_a_city_without_templates_has_none_and_two_for_a_kind_are_a_slip(tmp_path: Path) -> None:
    file = tmp_path / "replies.toml"
    assert reply_templates(file) == {}
    file.write_text('[[reply]]\nkinds = ["help", "help"]\ndone = "a"\npublic_answer = "b"\n', "utf-8")
    with pytest.raises(ConfigurationError, match="help 写了两次"):
        reply_templates(file)
