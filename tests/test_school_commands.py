"""Students, classes, teachers, groups and rooms, in the store and on the command line."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core import rooms as shown_rooms
from core.errors import ConflictError, InputError, NotFoundError
from core.office.classes import delete_class
from core.paths import Home
from core.records import MarkRow
from core.store import groups, people, register, rooms, teachers
from core.store.addresses import clean_email, clean_emails
from core.store.database import Store, open_store
from tests.cli_support import NINE, PHOTOGRAPHER, Cli
from tests.store_support import begin_session

SECRET = "rtsp://admin:p@ss:word@10.0.0.7:554/user=admin&password=hush/stream?token=x"


@pytest.mark.parametrize("text", ["a@b.org", "ä.ö+x=1@schule-süd.example", "o'neil@mail.school.in"])
def test_addresses_that_can_be_written_to(text: str) -> None:
    assert clean_email(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b.org", "a@b", "a b@c.org", "a@b..org", ".a@b.org", "a@-b.org", "a@b.org\nBcc: c@d.org",
     "a@b.org,", "a@b.org, c@d.org", "<a@b.org>", "a\u202e@b.org", "x" * 250 + "@b.org", "a@b_c.org "],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InputError, match="no e-mail address"):
        clean_email(text)


def test_several_addresses_of_parents(db: Session) -> None:
    assert clean_emails("a@B.org; c@d.org  a@b.org\n") == ("a@b.org", "c@d.org")
    student = people.add_student(db, "R1", "Ada")
    assert people.edit_student(db, student.id, parents_email="a@b.org;c@d.org").parents_email == "a@b.org, c@d.org"
    assert people.edit_student(db, student.id, parents_email=" ").parents_email is None


def test_editing_a_student(db: Session) -> None:
    ada, bob = people.add_student(db, "R1", "Ada"), people.add_student(db, "R2", "Bob")
    after = people.edit_student(db, ada.id, roll=" r1 ", name="Ada  Lovelace", email="ada@school.org")
    assert (after.roll, after.name, after.email) == ("r1", "Ada Lovelace", "ada@school.org")
    assert people.edit_student(db, ada.id) == after
    with pytest.raises(ConflictError, match=r"belongs to “Ada Lovelace”.*merge r1 R2"):
        people.edit_student(db, bob.id, roll="R1")
    for wrong in ({"name": " "}, {"roll": ""}, {"email": "x"}):
        with pytest.raises(InputError):
            people.edit_student(db, bob.id, **wrong)
    with pytest.raises(NotFoundError):
        people.edit_student(db, 99, name="x")
    assert people.get_student(db, "R2") == bob


def test_editing_a_class(db: Session) -> None:
    one, _ = people.add_class(db, "A", "One", "Grace", teachers=["Alan", "grace", ""]), people.add_class(db, "B", "Two")
    assert one.teachers == ("Grace", "Alan")
    after = people.edit_class(db, one.id, code="a1", name="First", teachers=["Alan", "Emmy"])
    assert (after.id, after.code, after.name, after.teachers) == (one.id, "a1", "First", ("Alan", "Emmy"))
    assert people.get_class(db, "A1") == after
    with pytest.raises(ConflictError, match="B exists already"):
        people.edit_class(db, one.id, code="b")
    assert people.edit_class(db, one.id, teachers=[]).teacher is None


def test_a_class_with_sessions_stays(store: Store) -> None:
    with store.transaction() as db:
        one, two = people.add_class(db, "A", "One"), people.add_class(db, "B", "Two")
        student = people.add_student(db, "R1", "Ada")
        for each in (one, two):
            people.add_to_roster(db, each.id, student.id)
            groups.add_member(db, groups.add_group(db, each.id, "Lab"), student.id)
        begin_session(db, one.id)
    folder = store.home.classifiers / str(two.id)
    folder.mkdir(parents=True)
    (folder / "x.npz").write_bytes(b"a face")
    with pytest.raises(ConflictError, match="A has 1 session in the register"):
        delete_class(store, "a")
    assert delete_class(store, "b") == two
    assert not folder.exists()
    with store.read() as db:
        assert [one.code for one in people.classes_of(db, student.id)] == ["A"]
        assert len(groups.list_groups(db)) == 1


def test_who_leaves_a_class_leaves_its_groups(db: Session) -> None:
    one, two = people.add_class(db, "A", "One"), people.add_class(db, "B", "Two")
    ada = people.add_student(db, "R1", "Ada")
    for each in (one, two):
        people.add_to_roster(db, each.id, ada.id)
        groups.add_member(db, groups.add_group(db, each.id, "Lab"), ada.id)
    assert people.remove_from_roster(db, one.id, ada.id)
    assert not people.remove_from_roster(db, one.id, ada.id)
    assert [group.class_id for group in groups.groups_of(db, ada.id)] == [two.id]


def test_groups_of_a_class(db: Session) -> None:
    one = people.add_class(db, "A", "One")
    ada = people.add_student(db, "R1", "Ada")
    lab = groups.add_group(db, one.id, " =Lab  1 ")
    assert lab.name == "=Lab 1"
    with pytest.raises(ConflictError, match="has a group “=lab 1” already"):
        groups.add_group(db, one.id, "=lab 1")
    with pytest.raises(NotFoundError, match="Its groups: =Lab 1"):
        groups.get_group(db, one.id, "x")
    with pytest.raises(InputError, match="not on the roster of A"):
        groups.add_member(db, lab, ada.id)
    people.add_to_roster(db, one.id, ada.id)
    assert [groups.add_member(db, lab, ada.id) for _ in range(2)] == [True, False]
    assert groups.get_group(db, one.id, "=LAB 1") == lab
    assert (groups.group_members(db, lab.id), groups.count_members(db)) == ([ada], {lab.id: 1})
    groups.add_group(db, one.id, "B")
    with pytest.raises(ConflictError, match="group “B” already"):
        groups.rename_group(db, lab.id, "b")
    assert groups.rename_group(db, lab.id, "=LAB 1").name == "=LAB 1"
    session = begin_session(db, one.id, group_id=lab.id)
    with pytest.raises(ConflictError, match="1 session"):
        groups.delete_group(db, lab.id)
    assert session.group_id == lab.id
    assert [groups.remove_member(db, lab.id, ada.id) for _ in range(2)] == [True, False]


def test_teachers_have_addresses_and_several_classes(db: Session) -> None:
    one = people.add_class(db, "A", "One", teachers=["Grace", "Alan"])
    with pytest.raises(ConflictError, match="exists already"):
        teachers.add_teacher(db, "grace")
    emmy = teachers.add_teacher(db, "Emmy", "emmy@school.org")
    grace = teachers.edit_teacher(db, teachers.get_teacher(db, "GRACE").id, email="g@school.org", active=False)
    assert (grace.email, grace.active) == ("g@school.org", False)
    with pytest.raises(ConflictError, match="another teacher"):
        teachers.edit_teacher(db, emmy.id, name="alan")
    assert [who.name for who in teachers.list_teachers(db)] == ["Alan", "Emmy", "Grace"]
    assert people.remove_teacher(db, one.id, grace.id)
    assert not people.remove_teacher(db, one.id, emmy.id)
    assert people.get_class(db, "A").teachers == ("Alan",)


def test_rooms_and_their_cameras(db: Session) -> None:
    lab = rooms.add_room(db, "Lab 1", SECRET)
    assert SECRET not in repr(lab)
    assert shown_rooms.shown(lab.camera) == "rtsp://10.0.0.7:554/stream"
    assert (shown_rooms.shown("0"), shown_rooms.shown(None)) == ("camera 0", "")
    with pytest.raises(ConflictError):
        rooms.add_room(db, "LAB 1")
    for camera in ("admin:secret@10.0.0.7/stream", "100", "file:///x", "rtsp://", "x"):
        with pytest.raises(InputError, match=r"number .* or an address") as caught:
            rooms.edit_room(db, lab.id, camera=camera)
        assert "secret" not in str(caught.value)
    one = people.add_class(db, "A", "One")
    assert people.edit_class(db, one.id, room="lab 1").room_id == lab.id
    assert rooms.edit_room(db, lab.id, name="Lab 2", camera="").camera is None
    rooms.delete_room(db, lab.id)
    assert people.get_class(db, "A").room_id is None
    with pytest.raises(NotFoundError, match="none yet"):
        rooms.get_room(db, "Lab 2")


def test_students_on_the_command_line(cli: Cli) -> None:
    cli("class", "add", "A", "One")
    made = cli.json("students", "add", "R1", "[b]Ada", "--class", "a", "--email", "a@b.org")
    assert (made["roll"], made["classes"], made["email"]) == ("R1", ["A"], "a@b.org")
    assert "no class “X”" in cli.refused("students", "add", "R2", "Bob", "--class", "X")
    assert len(cli.json("students", "list")) == 1
    assert cli.json("students", "edit", "R1", "--roll", "R7", "--name", "Ada", "--email", "")["email"] is None
    assert cli.json("students", "deactivate", "R7")["active"] is False
    assert "(not active)" in (cli("students", "show", "R7"), cli.printed)[1]
    assert cli.json("students", "activate", "R7")["active"] is True
    cli("students", "add", "R8", "Ada again", "--parents-email", "p@home.org")
    merged = cli.json("students", "merge", "R7", "R8", "--by", "Grace")
    assert (merged["merged"]["roll"], merged["parents_email"]) == ("R8", "p@home.org")
    assert "one entry already" in cli.refused("students", "merge", "R7", "R7")
    assert cli.json("students", "show", "R7")["classes"] == ["A"]
    assert cli.json("students", "delete", "R7")["name"] == "Ada"
    assert cli.json("students", "list") == []


def test_classes_on_the_command_line(cli: Cli) -> None:
    cli("rooms", "add", "Lab", "--camera", SECRET)
    made = cli.json("class", "add", "A", "One", "--teacher", "Grace", "--teacher", "Alan", "--room", "lab")
    assert made == {"class": "A", "name": "One", "teachers": ["Grace", "Alan"], "room": "Lab"}
    assert cli.json("class", "edit", "A", "--code", "A1", "--room", "", "--teacher", "Emmy") == {
        "class": "A1", "name": "One", "teachers": ["Emmy"], "room": None,
    }  # fmt: skip
    cli("class", "add", "B", "Two")
    for roll in ("R1", "R2"):
        cli("students", "add", roll, f"Name {roll}")
    assert cli.json("class", "join", "A1", "R1", "R2") == {"class": "A1", "joined": ["R1", "R2"]}
    assert cli.json("class", "move", "R1", "A1", "B") == {"roll": "R1", "from": "A1", "to": "B"}
    assert "not on the roster of A1" in cli.refused("class", "move", "R1", "A1", "B")
    assert "not on the roster" in cli.refused("class", "remove", "A1", "R2", "R1")
    assert [one["roll"] for one in cli.json("class", "roster", "A1")["students"]] == ["R2"]
    assert cli.json("class", "remove", "A1", "R2")["removed"] == ["R2"]
    assert cli.json("class", "delete", "A1")["class"] == "A1"
    assert [(one["class"], one["students"]) for one in cli.json("class", "list")] == [("B", 1)]


def test_teachers_groups_and_rooms_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    assert cli("teachers", "list") == cli("groups", "list") == cli("rooms", "list") == 0
    cli("class", "add", "A", "One", "--teacher", "Grace")
    assert cli.json("teachers", "add", "Alan", "--email", "a@b.org")["email"] == "a@b.org"
    assert cli.json("teachers", "edit", "grace", "--name", "Grace H.", "--inactive")["active"] is False
    assert [one["classes"] for one in cli.json("teachers", "list")] == [[], ["A"]]
    assert cli.json("teachers", "remove", "Grace H.", "A")["removed_from"] == "A"
    assert "does not teach A" in cli.refused("teachers", "remove", "Alan", "A")
    cli("students", "add", "R1", "Ada", "--class", "A")
    cli("students", "add", "R2", "Bob")
    assert cli.json("groups", "add", "A", "Lab", "R1") == {"class": "A", "group": "Lab", "rolls": ["R1"]}
    assert "not on the roster of A" in cli.refused("groups", "join", "A", "Lab", "R2")
    assert cli.json("groups", "rename", "A", "lab", "Lab 2")["group"] == "Lab 2"
    assert cli.json("groups", "leave", "A", "Lab 2", "R1")["rolls"] == []
    assert cli.json("groups", "join", "A", "Lab 2", "R1")["rolls"] == ["R1"]
    assert [one["group"] for one in cli.json("groups", "list", "A")] == ["Lab 2"]
    assert cli.json("groups", "remove", "A", "Lab 2")["rolls"] == ["R1"]
    add, edit = ("add", "Lab", "--camera", SECRET), ("edit", "lab", "--name", "Lab 9")
    for command in (add, edit, ("list",), ("delete", "Lab 9")):
        data = str(cli.json("rooms", *command))
        assert "10.0.0.7:554/stream" in data + cli.printed
        assert not [word for word in ("p@ss", "hush", "token", "admin") if word in data + cli.printed]


def test_who_is_not_active_is_neither_recognised_nor_marked(ready: Home, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(ready, capsys)
    cli.trained_class()
    cli("students", "deactivate", "R2")
    result = cli.json("mark", "C", PHOTOGRAPHER, *NINE)
    assert "R2" not in str(result["present"]) + str(result["absent"]) + str(result["review"]) + str(result["elsewhere"])
    assert "R2" not in str(cli.json("who", PHOTOGRAPHER))
    with open_store(ready) as store, store.read() as db:
        rows: list[MarkRow] = register.register_rows(db, result["session"])
    assert [row.roll for row in rows] == ["R1"]
