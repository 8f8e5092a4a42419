"""The API: what other programs read and write, with which token, and what they are told when they may not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core import clock, programs
from core.accounts import admin
from core.actor import acting
from core.store import audit, people
from core.store.audit import Filter
from tests.store_support import lesson_now
from tests.web.api_support import NOVEMBER, Program, days_of, program, secret_for
from tests.web_support import OFFICE, ONE, Answer, Portal, open_portal, open_store
from web.app import create_app
from web.site import Site

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "'; DROP TABLE students; --",
    "مريم الأحمد",
    "अदिति 🌻",
    "O’Neil, “Kit”",
    "x" * 300,
]


def all_students(portal: Portal) -> list[tuple[str, str]]:
    with portal.store.read() as db:
        return [(one.roll, one.name) for one in people.list_students(db)]


def refused(answer: Answer, status: int) -> str:
    """The sentence of a problem as RFC 9457 has it."""
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json["status"], answer.json["type"]) == (status, "about:blank")
    assert "Traceback" not in answer.text
    return str(answer.json["detail"])


def test_what_is_read(portal: Portal) -> None:
    ask = program(portal, "read-register")
    own = ask.get("/classes?code=own")["classes"]
    assert [(one["code"], one["students"]) for one in own] == [("OWN", 4)]
    class_id = own[0]["id"]
    students = ask.get(f"/classes/{class_id}/students")["students"]
    assert [(one["roll"], one["consent"]) for one in students] == [
        ("R1", True), ("R3", True), ("R4", True), ("R5", False),
    ]  # fmt: skip
    lessons = ask.get(f"/lessons?{days_of(portal)}&class_id={class_id}")["lessons"]
    assert portal.session_id in [one["session_id"] for one in lessons]
    assert {one["class_id"] for one in lessons} == {class_id}
    assert {one["code"]: one["points"] for one in ask.get("/statuses")["statuses"]} == {
        "P": 1,
        "L": 1,
        "E": None,
        "A": 0,
    }
    assert ask.get("/timetable")["entries"] == []
    assert "class" in [one["name"] for one in ask.get("/reports")["reports"]]
    assert ask.get("/reports/class?class=OWN")["tables"][0]["rows"][0][0] == "R1"
    assert ask.get(f"/classes/{class_id}/summary?{days_of(portal)}")["sessions"] == len(lessons)


def test_nothing_of_a_face_is_told(portal: Portal) -> None:
    made = program(portal).get("/openapi.json")
    names = {name for schema in made["components"]["schemas"].values() for name in schema.get("properties", {})}
    assert not [one for one in names if any(word in one for word in ("face", "embedding", "picture", "confidence"))]


def test_times_have_the_offset_of_the_school(portal: Portal) -> None:
    (portal.home.data / "settings.toml").write_text('time_zone = "Asia/Kolkata"\n', encoding="utf-8")
    session = program(portal).get(f"/sessions/{portal.session_id}")
    assert session["starts_at"].endswith("+05:30")


def test_a_register_comes_in_pages(portal: Portal) -> None:
    ask, class_id = program(portal, "read-register"), portal.school.own.class_id
    with portal.store.transaction() as db:
        lesson_now(db, class_id)
    days = days_of(portal)
    whole = ask.get(f"/classes/{class_id}/register?{days}")
    assert whole["next_cursor"] is None
    assert len(whole["sessions"]) >= 2
    found, cursor = [], ""
    while cursor is not None:
        page = ask.get(f"/classes/{class_id}/register?{days}&limit=1&cursor={cursor}")
        found += page["sessions"]
        cursor = page["next_cursor"]
    assert found == whole["sessions"]
    for wrong in ("x", "MjAyNg", "MjAyNi0xMS0yMVQwOTowMDowMCAx"):
        assert "cursor" in refused(ask("GET", f"/classes/{class_id}/register?{days}&cursor={wrong}"), 400)


def test_what_did_not_change_is_not_sent_again(portal: Portal) -> None:
    ask = program(portal)
    first = ask("GET", "/classes")
    again = ask("GET", "/classes", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    ask.push([{"roll": "N1", "name": "New"}], portal.school.own.class_id)
    assert ask("GET", "/classes", If_None_Match=first.headers["ETag"]).status == 200


def test_without_a_token_nothing_opens(portal: Portal) -> None:
    nobody = program(portal)
    for sent in ("", "Bearer", "Bearer ", "Bearer rollcall_wrong", "Basic QTpC", "Bearer " + "x" * 5000, "bearer \x7f"):
        answer = nobody("GET", "/classes", Authorization=sent)
        assert refused(answer, 401), sent
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_flipped_letter_makes_another_token(portal: Portal) -> None:
    good = secret_for(portal)
    for place in range(len(good)):
        with pytest.raises(programs.LoginError):
            programs.whose_token(portal.store, good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :])
    assert programs.whose_token(portal.store, good).limits is not None


def test_revoked_over_and_of_who_left(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    office = portal.actor("admin")
    ask, other = program(portal), program(portal)
    assert ask("GET", "/classes").status == 200
    with acting(office):
        number = programs.list_tokens(portal.store)[0].token.id
        programs.revoke_token(portal.store, office, number)
    assert "revoked" in refused(ask("GET", "/classes"), 401)
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + timedelta(days=2))
        refused(other("GET", "/classes"), 401)
    assert other("GET", "/classes").status == 200
    with acting(office):
        admin.add(portal.store, "Second", "admin")
        with portal.store.transaction() as db:
            from core.store import accounts

            accounts.change_account(db, accounts.get_account(db, OFFICE).id, role="teacher")
    refused(other("GET", "/classes"), 401)


def test_no_cookie_opens_it_and_none_is_given(portal: Portal) -> None:
    browser = portal.browser(OFFICE)
    answer = browser.get("/api/v1/classes")
    assert refused(answer, 401)
    assert program(portal)("GET", "/classes").cookies == ()


def test_a_token_is_not_taken_where_others_could_read_it(portal: Portal) -> None:
    plain = create_app(Site(portal.home, portal.store, False, lambda: {"localhost"}))
    far = Program(plain.test_client(), secret_for(portal), secure=False)
    assert "https" in refused(far("GET", "/classes"), 403)
    near = Program(plain.test_client(), far.secret, address="127.0.0.1", secure=False)
    assert near("GET", "/classes").status == 200
    assert far("GET", "/health").status == 200


CALLS = {
    "read-register": [
        ("GET", "/classes"), ("GET", "/classes/{id}/students"), ("GET", "/timetable"), ("GET", f"/lessons?{NOVEMBER}"),
        ("GET", f"/classes/{{id}}/register?{NOVEMBER}"), ("GET", f"/classes/{{id}}/summary?{NOVEMBER}"),
        ("GET", "/sessions/{session}"), ("GET", "/statuses"), ("GET", "/reports/class?class={code}"),
    ],
    "push-roster": [("PUT", "/classes/{id}/roster"), ("PUT", "/roster")],
    "write-marks": [("PUT", "/sessions/{session}/marks/{student}")],
}  # fmt: skip
ALSO = {"push-roster": {"/classes"}, "write-marks": {"/sessions/{session}", "/statuses"}}
"""What a scope cannot do without."""
BODY = {
    "/classes/{id}/roster": {"people": [{"roll": "R1"}], "dry_run": True},
    "/roster": {"people": [{"roll": "R1"}], "dry_run": True},
    "/sessions/{session}/marks/{student}": {"status": "P", "version": "unmarked"},
}


def called(portal: Portal, ask: Program, method: str, path: str, *, foreign: bool = False) -> Answer:
    side = portal.school.foreign if foreign else portal.school.own
    session = portal.foreign_session_id if foreign else portal.session_id
    place = path.format(id=side.class_id, session=session, student=side.student_id, code=side.code)
    return ask(method, place, BODY.get(path))


@pytest.mark.parametrize("scope", list(CALLS))
def test_each_scope_opens_its_own_calls_only(portal: Portal, scope: str) -> None:
    ask = program(portal, scope)
    for other, calls in CALLS.items():
        for method, path in calls:
            answer = called(portal, ask, method, path)
            if other == scope or path in ALSO.get(scope, ()):
                assert answer.status == 200, f"{scope}: {path}: {answer.text}"
            else:
                assert answer.status in (403, 404), f"{scope}: {path}: {answer.text}"


def test_a_token_of_one_class_sees_no_other(portal: Portal) -> None:
    ask = program(portal, class_code="OWN")
    for calls in CALLS.values():
        for method, path in calls:
            mine = called(portal, ask, method, path)
            theirs = called(portal, ask, method, path, foreign=True)
            if "{" not in path and path not in ("/roster", "/statuses"):
                assert mine.status == 200
                assert "FOREIGN" not in mine.text
                assert "R2" not in mine.text
            elif path == "/roster":
                assert mine.status == 403
            elif path != "/statuses":
                assert (mine.status, theirs.status) in {(200, 403), (200, 404)}, f"{path}: {theirs.text}"
                assert "R2" not in theirs.text
    assert [one["code"] for one in ask.get("/classes")["classes"]] == ["OWN"]
    assert refused(ask("GET", "/reports/class"), 403)
    assert refused(ask("GET", "/reports/student?student=R2"), 403)


def test_a_push_is_all_or_nothing(portal: Portal) -> None:
    ask, own = program(portal, "push-roster"), portal.school.own.class_id
    before = all_students(portal)
    wrong = ask.push([{"roll": "N1", "name": "Fine"}, {"roll": "N2"}, {"roll": ONE, "name": "Another"}], own)
    assert "Nothing was changed" in refused(wrong, 422)
    assert [(one["rows"], one["roll"]) for one in wrong.json["errors"]] == [([2], "N2"), ([3], "R1")]
    assert all("--" not in one["problem"] for one in wrong.json["errors"])
    assert all_students(portal) == before
    tried = ask.push([{"roll": "N1", "name": "Fine"}], own, dry_run=True)
    assert (tried.json["applied"], tried.json["counts"]["new"]) == (False, 1)
    assert all_students(portal) == before
    assert ask.push([{"roll": ONE, "name": "Another"}], own, rename=True).json["counts"]["changed"] == 1
    assert ("R1", "Another") in all_students(portal)


def test_a_thousand_students_twice_are_a_thousand(portal: Portal) -> None:
    ask, own = program(portal, "push-roster"), portal.school.own.class_id
    many = [{"roll": f"M{number:04}", "name": f"Student {number}"} for number in range(1000)]
    first = ask.push(many, own)
    assert first.json["counts"] == {"new": 1000, "changed": 0, "same": 0, "bad": 0}
    with portal.store.read() as db:
        acts = len(audit.rows(db, Filter(), 10_000))
    again = ask.push(many, own)
    assert again.json["counts"] == {"new": 0, "changed": 0, "same": 1000, "bad": 0}
    assert again.json["people"] == []
    with portal.store.read() as db:
        assert len(audit.rows(db, Filter(), 10_000)) == acts
        assert len(people.roster(db, own)) == 1004


def test_pushes_at_the_same_time_make_nobody_twice(portal: Portal) -> None:
    own = portal.school.own.class_id
    asks = [program(portal, "push-roster") for _ in range(6)]
    start = threading.Barrier(len(asks))

    def push(ask: Program) -> Answer:
        start.wait()
        return ask.push([{"roll": f"M{number}", "name": f"Student {number}"} for number in range(40)], own)

    with ThreadPoolExecutor(len(asks)) as pool:
        found = list(pool.map(push, asks))
    assert {one.status for one in found} == {200}
    assert sorted(one.json["counts"]["new"] for one in found) == [0, 0, 0, 0, 0, 40]
    rolls = [roll for roll, _ in all_students(portal)]
    assert len(rolls) == len(set(rolls)) == 5 + 40


def test_who_is_missing_leaves_only_when_asked(portal: Portal) -> None:
    ask, own = program(portal, "push-roster", "read-register"), portal.school.own.class_id
    assert ask.push([{"roll": "R1"}], own).json["left"] == []
    tried = ask.push([{"roll": "r1"}], own, remove_missing=True, dry_run=True)
    assert tried.json["left"] == ["R3", "R4", "R5"]
    done = ask.push([{"roll": "r1"}], own, remove_missing=True)
    assert (done.json["applied"], done.json["left"]) == (True, ["R3", "R4", "R5"])
    assert [one["roll"] for one in ask.get(f"/classes/{own}/students")["students"]] == ["R1"]
    assert len(all_students(portal)) == 5


def test_hostile_names_come_back_as_they_are(portal: Portal) -> None:
    ask, own = program(portal), portal.school.own.class_id
    sent = [{"roll": f"H{place}", "name": name} for place, name in enumerate(HOSTILE)]
    assert ask.push(sent, own).status == 200
    back = {one["roll"]: one["name"] for one in ask.get(f"/classes/{own}/students")["students"]}
    assert [back[one["roll"]] for one in sent] == HOSTILE
    # What can be seen of nobody is refused; what cannot be seen is left away.
    assert refused(ask.push([{"roll": "H90", "name": "\u202e\u200b"}], own), 422)
    assert refused(ask.push([{"roll": "H90", "name": "\ud800"}], own), 400)
    assert ask.push([{"roll": "H91", "name": "A\x00da\u202e"}], own).status == 200
    assert ("H91", "Ada") in all_students(portal)


def test_a_class_token_leaves_other_students_alone(portal: Portal) -> None:
    ask, own = program(portal, "push-roster", class_code="OWN"), portal.school.own.class_id
    for person in (
        {"roll": "R2", "name": "Other"},
        {"roll": "R2"},
        {"roll": "R2", "name": "Student R2", "email": "a@b.de"},
    ):
        refused(ask.push([person], own, rename=True), 422)
    assert ask.push([{"roll": "R2", "name": "Student R2"}], own).json["counts"]["changed"] == 1
    both = {"roll": "R2", "name": "Student R2", "groups": ["FOREIGN: A"]}
    assert "another" in ask.push([both], own, create=True).json["errors"][0]["problem"]
    refused(ask.push([{"roll": "N1", "name": "N"}], portal.school.foreign.class_id), 404)


def test_the_whole_school_is_pushed_with_its_classes(portal: Portal) -> None:
    ask = program(portal, "push-roster", "read-register")
    sent = [{"roll": "N1", "name": "New", "classes": ["OWN", 'NEW, or "old"']}]
    assert "NEW" in ask.push(sent).json["errors"][0]["problem"]
    made = ask.push(sent, create=True)
    assert made.json["new_classes"] == ['NEW, or "old"']
    assert 'NEW, or "old"' in [one["code"] for one in ask.get("/classes")["classes"]]


def test_a_mark_is_corrected_only_as_it_was_read(portal: Portal) -> None:
    ask = program(portal, "write-marks")
    place = f"/sessions/{portal.session_id}/marks/{portal.student_id(ONE)}"
    first = ask("PUT", place, {"status": "present", "version": "unmarked"})
    assert (first.status, first.json["status"]) == (200, "P")
    assert "changed since" in refused(ask("PUT", place, {"status": "A", "version": "unmarked"}), 409)
    later = {"status": "L", "minutes_late": 7, "version": first.json["version"]}
    assert "Say why" in refused(ask("PUT", place, later), 400)
    second = ask("PUT", place, {**later, "reason": "bus"})
    assert (second.json["status"], second.json["minutes_late"]) == ("L", 7)
    assert second.json["version"] != first.json["version"]
    gone = ask("PUT", place, {"status": None, "reason": "wrong lesson", "version": second.json["version"]})
    assert (gone.json["status"], gone.json["version"]) == (None, "unmarked")
    assert refused(ask("PUT", place, {"status": "nonsense", "version": "unmarked"}), 400)
    refused(ask("PUT", f"/sessions/{portal.session_id}/marks/99", {"status": "P", "version": "unmarked"}), 404)
    refused(ask("PUT", "/sessions/2147483647/marks/1", {"status": "P", "version": "unmarked"}), 404)
    refused(ask("PUT", "/sessions/99999999999999999999/marks/1", {"status": "P", "version": "unmarked"}), 404)


def test_two_who_correct_the_same_mark_are_not_both_right(portal: Portal) -> None:
    asks = [program(portal, "write-marks") for _ in range(4)]
    start, place = threading.Barrier(len(asks)), f"/sessions/{portal.session_id}/marks/{portal.student_id(ONE)}"

    def put(ask: Program) -> int:
        start.wait()
        status = "PAEL"[asks.index(ask)]
        return ask("PUT", place, {"status": status, "version": "unmarked"}).status

    with ThreadPoolExecutor(len(asks)) as pool:
        assert sorted(pool.map(put, asks)) == [200, 409, 409, 409]


def test_the_audit_knows_the_program(portal: Portal) -> None:
    ask = program(portal)
    place = f"/sessions/{portal.session_id}/marks/{portal.student_id(ONE)}"
    ask("PUT", place, {"status": "P", "version": "unmarked"})
    with acting(portal.actor("admin")):
        listed = programs.list_tokens(portal.store)[0]
    assert (listed.token.name, listed.account, listed.is_over) == ("School system", OFFICE, False)
    assert listed.token.used_at is not None
    with portal.store.read() as db:
        from core.store.tables import AuditTable

        row = db.query(AuditTable).filter_by(action="marks.set").one()
        assert (row.by, row.role) == (f"token:{listed.token.id}", "admin")
        every = db.query(AuditTable).all()
        assert ask.secret is not None
        assert not [one for one in every if ask.secret in f"{one.before}{one.after}{one.why}{one.by}"]


@pytest.mark.usefixtures("one_minute")
def test_each_token_has_its_own_rate(portal: Portal) -> None:
    ask, other = program(portal), program(portal)
    found = [ask("GET", "/statuses").status for _ in range(241)]
    assert found == [200] * 240 + [429]
    last = ask("GET", "/statuses")
    assert refused(last, 429)
    assert int(last.headers["Retry-After"]) > 0
    assert other("GET", "/statuses").status == 200


@pytest.mark.usefixtures("one_minute")
def test_guessing_tokens_is_slowed_down(portal: Portal) -> None:
    guess = program(portal)
    found = [guess("GET", "/classes", Authorization=f"Bearer rollcall_{number}").status for number in range(40)]
    assert found == [401] * 30 + [429] * 10


def test_what_cannot_be_read_is_told(portal: Portal) -> None:
    ask, own = program(portal), portal.school.own.class_id
    assert ask("GET", "/classes?whatever=1").json["errors"][0]["at"] == "whatever"
    assert refused(ask("GET", "/lessons?from=2026-11-30&to=2026-11-01"), 400)
    assert refused(ask("GET", f"/classes/{own}/register?from=never&to=2026-11-01"), 400)
    assert refused(ask("GET", "/reports/nothing"), 404)
    assert refused(ask("GET", "/nothing"), 404)
    assert refused(ask("POST", "/classes", {}), 405)
    assert refused(ask("PUT", f"/classes/{own}/roster", {"people": []}), 400)
    assert refused(ask("PUT", f"/classes/{own}/roster", {"people": [{"roll": 1}]}), 400)
    assert refused(ask("PUT", f"/classes/{own}/roster", {"people": [{"roll": "1", "photo": "x"}]}), 400)
    assert refused(ask("PUT", f"/classes/{own}/roster", None, Content_Type="text/plain"), 415)
    assert refused(ask("PUT", f"/classes/{own}/roster", None, Content_Type="application/json"), 400)
    huge = ask("PUT", f"/classes/{own}/roster", {"people": [{"roll": "1", "name": "x" * 7_000_000}]})
    assert refused(huge, 413)


def test_opening_another_school(portal: Portal) -> None:
    """A token of one school is unknown in another."""
    secret = secret_for(portal)
    other_home = type(portal.home)(portal.home.root / "other")
    with open_store(other_home) as store:
        other = open_portal(other_home, store)
        refused(Program(other.app.test_client(), secret)("GET", "/classes"), 401)
