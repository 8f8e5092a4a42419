"""Lists of people in and out: mapping, preview, errors by row, all or nothing, and no loss on the way round."""

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import which

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.errors import InputError, NotFoundError
from core.paths import Home
from core.rosters.columns import Headings, find_headings
from core.rosters.exporting import export_people
from core.rosters.importing import PeopleImport, PeopleOutcome, import_people, preview_people
from core.rosters.lists import join_list, split_list
from core.rosters.people_rows import parse_day
from core.settings import Settings
from core.store import groups, people
from core.store.database import Store, open_store
from core.tables_in import Cell, Row, Table, read_table
from tests.cli_support import Cli

INDIA = Settings(time_zone="Asia/Kolkata")
ENDINGS = [".csv", ".xlsx", ".ods"]
HOSTILE = [
    "=1+1", "'=1+1", "+49", "-5", "@x", "'quoted'", "Zoë 👩‍🔬", "محمد بن علي", "a;b,c|d", 'O"Neil', "_x0041_",
    "x" * 300, "1-Feb", "1E+05", "TRUE", "<b>&amp;", "[red]", "00", "“=", "N/A", "no",
]  # fmt: skip


def table(*rows: list[str]) -> Table:
    return Table(
        tuple(
            Row(i, tuple(Cell(text, text, "text" if text else "empty") for text in row))
            for i, row in enumerate(rows, 1)
        )
    )


def meant(*rows: list[str], **said: str) -> dict[str, str]:
    found = find_headings(table(*rows), said, "list.csv")
    return {one.field: one.heading for one in found.columns}


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def planned(store: Store, path: Path, settings: Settings = INDIA, **more: object) -> PeopleOutcome:
    return preview_people(store, settings, PeopleImport(path, **more))  # type: ignore[arg-type]


def taken(store: Store, path: Path, settings: Settings = INDIA, **more: object) -> PeopleOutcome:
    return import_people(store, settings, PeopleImport(path, **more))  # type: ignore[arg-type]


def actions(outcome: PeopleOutcome) -> list[tuple[str, str]]:
    return [(one.roll, one.action) for one in outcome.people]


def problems(outcome: PeopleOutcome) -> dict[tuple[int, ...], str]:
    return {one.rows: " ".join(one.problems) for one in outcome.of("bad")}


@pytest.mark.parametrize(
    ("headings", "wanted"),
    [
        (["Roll No.", "Student Name", "E-Mail", "Parent's Email", "Class"], "roll name email parents_email classes"),
        (["Matrikelnr.", "Nachname", "Vorname", "E-Mail der Eltern", "Klasse"],
         "roll last_name first_name parents_email classes"),
        (["Matrícula", "Nombre", "Apellidos", "Correo electrónico", "Grupo"], "roll first_name last_name email groups"),
        (["Matrícula", "Nombre", "Correo del padre"], "roll name parents_email"),
        (["Matricule", "Nom", "Prénom", "Courriel", "Groupe"], "roll last_name first_name email groups"),
        (["रोल नंबर", "नाम", "ईमेल", "कक्षा", "सहमति"], "roll name email classes consent"),
        (["ADMISSION_NO", "First Name", "LAST NAME", "consent date", "Active"],
         "roll first_name last_name consent_date active"),
        (["No", "Name"], "roll name"),
    ],
)  # fmt: skip
def test_headings_are_understood_in_several_languages(headings: list[str], wanted: str) -> None:
    assert sorted(meant(headings, ["1", "Ada"])) == sorted(wanted.split())


def test_a_number_that_counts_rows_is_no_roll_number() -> None:
    assert meant(["No.", "Roll No.", "Name"], ["1", "R7", "Ada"])["roll"] == "Roll No."


def test_headings_stand_below_titles() -> None:
    found = find_headings(table(["School of Science"], ["Name of the list"], ["Roll", "Name"], ["1", "Ada"]), {}, "x")
    assert isinstance(found, Headings)
    assert (found.row, [one.field for one in found.columns]) == (3, ["roll", "name"])


def test_a_person_says_what_columns_mean() -> None:
    rows = (["Kennung", "Roll", "Wer", "Name"], ["R1", "x", "Ada", "y"])
    assert meant(*rows, roll="kennung", name="WER") == {"roll": "Kennung", "name": "Wer"}
    for said, words in [
        ({"roll": "Nope"}, "no heading “Nope” for roll. Its headings are “Kennung”, “Roll”"),
        ({"age": "Roll"}, "“age” is nothing"),
    ]:
        with pytest.raises(InputError, match=words):
            find_headings(table(*rows), said, "list.csv")
    with pytest.raises(InputError, match="row 1 has “a”, “b”"):
        find_headings(table(["a", "b"]), {}, "list.csv")
    with pytest.raises(InputError, match="is empty"):
        find_headings(table(), {}, "list.csv")


def test_new_changed_same_and_bad_are_told_apart(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        one = people.add_class(db, "CS101", "Programming")
        for roll, name in [("007", "James"), ("R2", "Grace"), ("R3", "Ada")]:
            people.add_to_roster(db, one.id, people.add_student(db, roll, name).id)
        people.edit_student(db, people.get_student(db, "R2").id, email="old@school.org")
    path = written(
        tmp_path / "list.csv",
        "Roll;Name;E-Mail;Klasse\n"
        "r3;Ada;;cs101\n"
        "R2;Grace;new@school.org;CS101\n"
        "R4;New One;;CS101\n"
        ";Nobody;;\n"
        "R5;;;\n"
        "R6;Six;six at school;\n"
        "R3;Bob;;\n"
        "R7;Seven;;CS999\n"
        "7;James;;\n",
    )
    outcome = planned(store, path)
    assert actions(outcome) == [
        ("R3", "bad"), ("R2", "changed"), ("R4", "new"), ("", "bad"), ("R5", "bad"), ("R6", "bad"), ("R7", "bad"),
        ("7", "bad"),
    ]  # fmt: skip
    assert [(one.field, one.old, one.new) for one in outcome.of("changed")[0].changes] == [
        ("email", "old@school.org", "new@school.org")
    ]
    words = {
        (2, 8): "stands in row 2 with another name",
        (5,): "roll number is empty",
        (6,): "name of the student is empty",
        (7,): "no e-mail address",
        (9,): "no class “CS999”",
        (10,): "but 007 James",
    }
    found = problems(outcome)
    assert found.keys() == words.keys()
    assert all(text in found[rows] for rows, text in words.items())


def test_nothing_is_written_while_there_are_errors(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", "Roll,Name,Class\n1,Ada,NEW\n2,,NEW\n")
    assert not taken(store, path, create=True).applied
    with store.read() as db:
        assert (people.list_students(db), people.list_classes(db)) == ([], [])
    outcome = taken(store, path, create=True, skip_bad=True)
    assert (outcome.applied, outcome.new_classes) == (True, ("NEW",))
    with store.read() as db:
        assert [one.name for one in people.roster(db, people.get_class(db, "new").id)] == ["Ada"]
    assert [one.action for one in planned(store, path).people] == ["same", "bad"]


def test_another_name_needs_to_be_confirmed(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        people.add_student(db, "R1", "Ada Byron")
    path = written(tmp_path / "list.csv", "Roll,Name\nR1,Ada Lovelace\n")
    assert "belongs to “Ada Byron”" in problems(planned(store, path))[(2,)]
    assert taken(store, path, rename=True).applied
    with store.read() as db:
        assert people.get_student(db, "R1").name == "Ada Lovelace"
    # Only upper and lower case need no confirmation, but are a change.
    path = written(tmp_path / "list.csv", "Roll,Name\nR1,ADA LOVELACE\n")
    assert planned(store, path).people[0].action == "changed"


def test_an_empty_cell_changes_nothing_and_nobody_leaves_a_class(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        one = people.add_class(db, "A", "A")
        ada = people.add_student(db, "R1", "Ada")
        people.add_to_roster(db, one.id, ada.id)
        people.edit_student(db, ada.id, email="ada@school.org", parents_email="p@home.org")
        people.add_class(db, "B", "B")
    path = written(tmp_path / "list.csv", "Roll,Name,E-mail,Parent e-mail,Class\nR1,Ada,,,B\n")
    assert taken(store, path).applied
    with store.read() as db:
        ada = people.get_student(db, "R1")
        assert (ada.email, ada.parents_email) == ("ada@school.org", "p@home.org")
        assert [one.code for one in people.classes_of(db, ada.id)] == ["A", "B"]


def test_a_default_class_and_groups(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", "Roll,Name,Group\nR1,Ada,Lab A\nR2,Bob,\n")
    with pytest.raises(NotFoundError, match="no class “CS101”"):
        planned(store, path, default_class="CS101")
    assert "has no group" not in str(problems(planned(store, path, default_class="CS101", create=True)))
    assert taken(store, path, default_class="CS101", create=True).new_groups == (("CS101", "Lab A"),)
    with store.read() as db:
        one = people.get_class(db, "CS101")
        assert [who.roll for who in people.roster(db, one.id)] == ["R1", "R2"]
        lab = groups.get_group(db, one.id, "lab a")
        assert [who.roll for who in groups.group_members(db, lab.id)] == ["R1"]
    path = written(tmp_path / "list.csv", "Roll,Name,Class,Group\nR1,Ada,CS101,Lab Z\nR3,C,,Lab A\n")
    assert "has no group “Lab Z”" in problems(planned(store, path))[(2,)]
    assert "Whose group is “Lab A”" in problems(planned(store, path))[(3,)]


def test_one_person_in_several_rows_comes_into_several_classes(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", 'Roll,Name,Class,Email\nR1,Ada,A,\nR1,ada,"B; ""C; D""",a@b.org\n')
    outcome = taken(store, path, create=True)
    assert (outcome.applied, outcome.new_classes) == (True, ("A", "B", "C; D"))
    assert [one.rows for one in outcome.people] == [(2, 3)]
    assert not planned(store, path).has_changes


@pytest.mark.parametrize(("cell", "stored"), [("yes", "given according to a list"), ("form 3", "form 3"), ("no", None)])
def test_consent_is_taken_as_it_is_meant(store: Store, tmp_path: Path, cell: str, stored: str | None) -> None:
    path = written(tmp_path / "list.csv", f"Roll,Name,Consent,Consent date\nR1,Ada,{cell},21.11.2026\n")
    assert taken(store, path).applied
    with store.read() as db:
        ada = people.get_student(db, "R1")
    assert ada.consent == stored
    assert ada.consent_at == (datetime(2026, 11, 21, 6, 30, tzinfo=UTC) if stored else None)
    assert not planned(store, path).has_changes


def test_a_list_does_not_withdraw_consent(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        people.record_consent(db, people.add_student(db, "R1", "Ada").id, "form", datetime(2026, 1, 1, tzinfo=UTC))
    outcome = planned(store, written(tmp_path / "list.csv", "Roll,Name,Consent\nR1,Ada,nein\n"))
    assert not outcome.has_changes
    assert "“form” is stored" in outcome.people[0].warnings[0]


def test_excel_cells_that_lost_their_roll_number_say_so(store: Store, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    for row in (["List 2026"], [], ["Roll", "Name", "Consent", "Consent date", "E-mail"]):
        page.append(row)
    for number, roll in enumerate([7, 7.0, datetime(2026, 2, 1), 12345678901234567890, "0042", "#N/A"]):
        page.append([roll, f"Name {number}", "form", date(2026, 11, number + 1)])
    page["A4"].number_format = "000"
    page["A5"].number_format = "0"
    made.save(tmp_path / "list.xlsx")
    outcome = planned(store, tmp_path / "list.xlsx")
    assert outcome.header_row == 3
    assert [one.roll for one in outcome.of("new")] == ["007", "7", "0042"]
    found = problems(outcome)
    assert "Excel made a date (2026-02-01)" in found[(6,)]
    assert "more digits than Excel keeps" in found[(7,)]
    assert "shows #N/A" in found[(9,)]
    taken(store, tmp_path / "list.xlsx", skip_bad=True)
    with store.read() as db:
        assert people.get_student(db, "0042").consent_at == datetime(2026, 11, 5, 6, 30, tzinfo=UTC)


def test_a_roll_number_that_excel_changed_in_csv_is_pointed_out(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", "Roll,Name\n01-Feb,Ada\n1.2E+11,Bob\nR3,Eve\n")
    assert [bool(one.warnings) for one in planned(store, path).people] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-21", date(2026, 11, 21)),
        ("21.11.2026", date(2026, 11, 21)),
        ("3.4.2026", date(2026, 4, 3)),
        ("21/11/2026", date(2026, 11, 21)),
        ("11/21/2026", date(2026, 11, 21)),
        ("4/4/2026", date(2026, 4, 4)),
    ],
)
def test_days_as_people_write_them(text: str, day: date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(("text", "words"), [("3/4/2026", "two days"), ("31.2.2026", "no date"), ("soon", "no date")])
def test_days_that_nobody_can_read(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_day(text)


NAMES = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=40),
    st.text(st.sampled_from("=+-@'\";,|\t\n 0017aß_x"), min_size=1, max_size=12),
)


@given(st.lists(NAMES.map(lambda text: " ".join(text.split())).filter(bool), max_size=5, unique=True))
def test_names_in_one_cell_come_apart_as_they_were(names: list[str]) -> None:
    assert list(split_list(join_list(names))) == names


@pytest.mark.parametrize("ending", ENDINGS)
@given(pairs=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=8), again=st.booleans())
@hypothesis_settings(max_examples=15)
def test_hostile_names_and_rolls_survive_the_way_round(
    tmp_path_factory: pytest.TempPathFactory, ending: str, pairs: list[tuple[str, str]], again: bool
) -> None:
    folder = tmp_path_factory.mktemp("round")
    path = folder / f"people{ending}"
    with open_store(Home(folder / "one")) as store:
        with store.transaction() as db:
            one = people.add_class(db, "CS; 101", "Programming")
            lab = groups.add_group(db, one.id, "=Lab; “A”")
            for number, (roll, name) in enumerate(pairs):
                try:
                    student = people.find_student(db, roll) or people.add_student(db, roll, name)
                except InputError:
                    continue
                if number % 2:
                    people.add_to_roster(db, one.id, student.id)
                    groups.add_member(db, lab, student.id)
                    people.edit_student(db, student.id, email="+a@b.org", parents_email="c@d.org;e@f.org")
                    people.set_active(db, student.id, number % 3 > 0)
                    people.record_consent(db, student.id, "=paper; form", datetime(2026, 11, 20, 20, tzinfo=UTC))
            before = people.list_students(db)
        export_people(store, INDIA, path)
        if not before:
            return
        assert [(one.action, one.problems) for one in planned(store, path).people] == [("same", ())] * len(before)
    with open_store(Home(folder / "two")) as store:
        outcome = taken(store, path, create=True)
        # Two rolls that differ by leading zeros and share a name are asked about; everything else comes in.
        assert outcome.applied or all("leading zeros" in text for text in problems(outcome).values())
        if outcome.applied:
            second = folder / f"again{ending}"
            export_people(store, INDIA, second)
            assert [row.cells for row in read_table(second).rows] == [row.cells for row in read_table(path).rows]


def test_csv_for_excel_has_a_mark_and_no_formulas(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        for number, name in enumerate(HOSTILE):
            people.add_student(db, f"R{number}", name)
    export_people(store, INDIA, tmp_path / "people.csv")
    data = (tmp_path / "people.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfRoll,Name,")
    assert b",=1+1" not in data
    assert b",'=1+1," in data
    export_people(store, INDIA, tmp_path / "people.xlsx")
    page = openpyxl.load_workbook(tmp_path / "people.xlsx").active
    assert page is not None
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert page.freeze_panes == "B2"


def test_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    assert cli("class", "add", "CS101", "Programming") == 0
    path = written(tmp_path / "list.csv", "Number;Pupil\n01;[red]Ada\n02;Bob\n")
    assert "no heading “Nope”" in cli.refused("import", "people", path, "--map", "roll=Nope")
    assert "--map roll=Matrikel" in cli.refused("import", "people", path, "--map", "roll")
    shown = cli.json("import", "people", path, "--class", "cs101", "--map", "roll=Number")
    assert (shown["applied"], shown["counts"]) == (False, {"new": 2, "changed": 0, "same": 0, "bad": 0})
    assert shown["columns"] == [{"field": "roll", "heading": "Number"}, {"field": "name", "heading": "Pupil"}]
    assert "[red]Ada" in cli.printed
    assert "do it with --apply" in cli.printed
    assert cli.json("students", "list") == []
    assert cli.json("import", "people", path, "--class", "CS101", "--apply")["applied"]
    assert [one["roll"] for one in cli.json("class", "roster", "CS101")["students"]] == ["01", "02"]
    assert cli("export", "people", tmp_path / "out.xlsx", "--class", "CS101") == 0
    assert cli("import", "people", tmp_path / "out.xlsx") == 0
    assert "no changes" in cli.printed
    written(path, "Roll,Name\n01,Eve\n03,Cy\n")
    assert "Nothing was written: 1 new" in cli.refused("import", "people", path, "--apply")
    assert "Error in row 2" in cli.printed
    assert [one["roll"] for one in cli.json("students", "list")] == ["01", "02"]
    assert "should end in" in cli.refused("export", "people", tmp_path / "out.pdf")


@pytest.mark.parametrize("ending", [".xlsx", ".ods"])
def test_a_list_saved_again_by_libreoffice_changes_nothing(store: Store, tmp_path: Path, ending: str) -> None:
    office = which("soffice") or which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not on this computer")
    with store.transaction() as db:
        one = people.add_class(db, "CS101", "Programming")
        for number, name in enumerate(HOSTILE):
            student = people.add_student(db, f"00{number}" if number % 2 else name, name)
            people.add_to_roster(db, one.id, student.id)
            people.record_consent(db, student.id, "=form", datetime(2026, 11, 20, 20, tzinfo=UTC))
    export_people(store, INDIA, tmp_path / f"people{ending}")
    command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to"]
    for target in ("ods", "xlsx"):
        (tmp_path / target).mkdir()
        source = [str(tmp_path / f"people{ending}"), "--outdir", str(tmp_path / target)]
        subprocess.run([*command, target, *source], check=True, capture_output=True, timeout=300)
        outcome = planned(store, tmp_path / target / f"people.{target}")
        assert [(one.roll, one.action, one.problems) for one in outcome.people if one.action != "same"] == []
        assert len(outcome.people) == len(HOSTILE)
