"""Users who change each other: always somebody is left who can let others in, also when all of them act at the same moment."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest

from store.customers import CannotError, Directory, Role, User
from store.errors import AbsentError


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    """Customers and users, none yet."""
    with closing(Directory(tmp_path / "redis")) as found:
        yield found


def admin(directory: Directory, name: str, **kept: object) -> User:
    """An administrator of Shop who has a password."""
    user = directory.users.add(f"{name}@shop.example", Role.ADMIN, "shop")
    return directory.users.change(user.id, lambda now: msgspec.structs.replace(now, password="x", **kept))


def test_administrators_who_all_demote_each_other_leave_one(directory: Directory) -> None:
    """Each of four takes the right from the three others, at once."""
    directory.add_customer("Shop", ("shop.example",))
    users = [admin(directory, f"u{number}") for number in range(4)]

    def demote_others(me: User) -> None:
        for other in users:
            if other.id != me.id:
                with suppress(CannotError):
                    directory.staff.set_role(other.id, Role.READER, me.id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(demote_others, users))
    assert any(user.role is Role.ADMIN for user in directory.users.every("shop"))


@pytest.mark.parametrize("kept", [{"disabled": True}, {"password": ""}])
def test_who_cannot_come_in_does_not_count_as_left(directory: Directory, kept: dict[str, object]) -> None:
    """Somebody kept out, or invited and not there yet; they themselves can go."""
    directory.add_customer("Shop", ("shop.example",))
    first = admin(directory, "first")
    other = admin(directory, "other", **kept) if "password" not in kept else directory.users.add("other@shop.example", Role.ADMIN, "shop")
    with pytest.raises(CannotError, match="last one"):
        directory.staff.remove(first.id, "")
    directory.staff.remove(other.id, first.id)
    assert directory.users.every("shop") == [first]
    assert directory.staff.removed(first.id) is None


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INGEST])
def test_a_user_of_a_customer_becomes_nothing_else(directory: Directory, role: Role) -> None:
    """Whoever asks."""
    directory.add_customer("Shop", ("shop.example",))
    user = admin(directory, "first")
    with pytest.raises(CannotError):
        directory.staff.set_role(user.id, role, "")


def test_who_is_gone_is_absent(directory: Directory) -> None:
    """For every change; what was not removed cannot be brought back."""
    staff = directory.staff
    for change in (
        lambda: staff.set_role("none", Role.READER, ""),
        lambda: staff.set_stopped("none", stopped=True, by=""),
        lambda: staff.remove("none", ""),
        lambda: staff.restore("none"),
    ):
        with pytest.raises(AbsentError):
            change()
