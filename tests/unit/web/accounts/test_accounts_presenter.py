"""Accounts as lists and histories show them."""

import datetime as dt

from access.accounts.log_models import AccountAction, AccountLogEntry, Reason
from access.accounts.one_time import one_time_password
from access.accounts.password_rules import wrong_with
from access.labels import ACCOUNT_ACTIONS, REFUSAL_REASONS
from dispatch.workflow import Role
from web.accounts.presenter import (
    AccountsQuery,
    ListedAccount,
    free_extensions,
    log_words,
    lone_administrator,
    matching,
)
from web.accounts.schemas import AccountAnswer

AT = dt.datetime(2026, 11, 30, 2, tzinfo=dt.UTC)


def account(name: str, role: Role = Role.AGENT, *, closed: bool = False, extension: str | None = None) -> AccountAnswer:
    return AccountAnswer(
        name=name, display_name=f"{name}示例", role=role, extension=extension, office_code=None, unit_code=None,
        created_at=AT, closed_at=AT if closed else None, must_change_password=False, sessions=0, seen_at=None,
    )  # fmt: skip


def names(query: AccountsQuery) -> list[str]:
    rows = [
        ListedAccount(account("anna", extension="1001"), "分机 1001"),
        ListedAccount(account("berta", Role.OFFICE), "市路灯所"),
        ListedAccount(account("clara", Role.OFFICE, closed=True), "市住建局"),
    ]
    return [row.account.name for row in matching(rows, query)]


def test_accounts_are_found_by_name_place_role_and_state() -> None:
    assert names(AccountsQuery()) == ["anna", "berta", "clara"]
    assert names(AccountsQuery(q="路灯")) == ["berta"]
    assert names(AccountsQuery(q="ANNA")) == ["anna"]
    assert names(AccountsQuery(role="office")) == ["berta", "clara"]
    assert names(AccountsQuery(role="office", closed="yes")) == ["clara"]


def test_one_is_alone_while_no_second_administrator_is_open() -> None:
    one, second = account("a", Role.ADMINISTRATOR), account("b", Role.ADMINISTRATOR, closed=True)
    assert lone_administrator([one, second, account("c")])
    assert not lone_administrator([one, account("b", Role.ADMINISTRATOR)])


def test_a_telephone_is_free_again_when_its_account_is_closed() -> None:
    having = [account("a", extension="1001"), account("b", extension="1002", closed=True)]
    assert free_extensions(["1001", "1002", "1003"], having) == ["1002", "1003"]


def test_what_was_done_is_told_in_chinese() -> None:
    row = AccountLogEntry(
        account_id=1, at=AT, action=AccountAction.CHANGED, detail="role: agent → supervisor, extension: – → 1003",
        by_name="admin",
    )  # fmt: skip
    assert log_words(row) == "修改账号（角色：接线员 → 督查员；分机：– → 1003）"
    looked = AccountLogEntry(account_id=1, at=AT, action=AccountAction.PHONE_SHOWN, detail="unit-01", by_name="admin")
    assert log_words(looked) == "查看话机密码：unit-01"
    ended = AccountLogEntry(account_id=1, at=AT, action=AccountAction.SESSIONS_ENDED, detail="2", by_name="admin")
    assert log_words(ended) == "结束登录（2处）"
    assert (set(ACCOUNT_ACTIONS), set(REFUSAL_REASONS)) == (set(AccountAction), set(Reason))


def test_a_one_time_password_is_good_and_never_the_same() -> None:
    made = {one_time_password() for _ in range(20)}
    assert len(made) == 20
    assert all(wrong_with(one, "k7qm", ["新示例"]) is None for one in made)
