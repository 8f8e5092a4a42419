"""What a student does on their own pages, in a real browser the size of a phone."""

import zipfile
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import expect

from core import questions
from core.actor import acting
from tests.web.pages_support import ARABIC, BUSY, HOSTILE, NEW, Pages, student_pages
from tests.web.phone_support import playwright
from tests.web_support import TEACHER

__all__ = ["playwright", "student_pages"]


def test_my_record_says_how_i_stand(student_pages: Pages) -> None:
    with student_pages.phone(BUSY) as page:
        page.goto("/my/record")
        # 19 present, 2 late, 2 absent and 1 excused, who does not count.
        expect(page.locator(".percent").first).to_contain_text("91.3%")
        figures = page.locator(".figures").first
        for words in ("Present 19", "Late 2", "Excused 1", "Absent 2"):
            expect(figures).to_contain_text(words.replace(" ", ""), use_inner_text=False)
        expect(page.locator(".marks-list li")).to_have_count(24)
        # The day of the excused lesson has no bar.
        assert page.locator(".trend rect.bar-own").count() == 23
        page.get_by_text("Choose the days").click()
        page.get_by_label("From", exact=True).fill("2026-11-21")
        page.get_by_label("To", exact=True).fill("2026-11-20")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("alert")).to_contain_text("is before the first day")


def test_who_is_new_reads_what_will_stand_there(student_pages: Pages) -> None:
    said = {
        "/my/": "No lesson takes phones at this moment",
        "/my/record": "You are in no class yet",
        "/my/absences": "You have asked for nothing yet.",
        "/my/questions": "there is nothing to ask about",
        "/my/data": "You have not agreed.",
    }
    with student_pages.phone(NEW) as page:
        for place, words in said.items():
            page.goto(place)
            expect(page.locator("main")).to_contain_text(words)


def test_names_cannot_break_a_page_and_arabic_goes_from_the_right(student_pages: Pages) -> None:
    with student_pages.phone(HOSTILE) as page:
        expect(page.get_by_role("heading", level=1)).to_contain_text("<b>=cmd()</b>")
    with student_pages.phone(ARABIC, locale="ar") as page:
        assert page.locator("html").get_attribute("dir") == "rtl"
        expect(page.get_by_role("heading", level=1)).to_contain_text("عائشة محمد الأنصاري")
        box = page.locator(".letter-of").first.bounding_box()
        assert box is not None
        assert box["x"] > 195, "the letters of the marks stand on the right"


def test_asking_about_a_mark_and_to_be_excused(student_pages: Pages) -> None:
    with student_pages.phone(BUSY) as page:
        page.get_by_role("link", name="Ask OWN").nth(7).click()
        assert page.locator("#session option:checked").inner_text().startswith("Absent")
        page.get_by_label("What do you want to ask?").fill("I sat in <the> first row.")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator(".asked")).to_contain_text("I sat in <the> first row. No answer yet.")
        portal = student_pages.portal
        with acting(portal.actor("teacher")):
            asked = questions.list_questions(portal.store)[0]
            assert asked.query.question == "I sat in <the> first row.", "the newest comes first"
            questions.answer_question(portal.store, portal.actor("teacher"), asked.query.id, "I changed it.")
        page.reload()
        expect(page.locator(".asked")).to_contain_text(f"{TEACHER}: I changed it.")
        page.get_by_role("link", name="Absences").click()
        expect(page.locator(".asked")).to_contain_text("My sister’s wedding")
        page.get_by_label("First day").fill("2020-01-01")
        page.get_by_label("Reason").fill("hospital")
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_role("alert")).to_contain_text("These days are over.")
        assert page.get_by_label("Reason").input_value() == "hospital", "what was typed is still there"


def test_my_data_as_a_file_and_the_consent_withdrawn(student_pages: Pages, tmp_path: Path) -> None:
    with student_pages.phone(ARABIC) as page:
        page.goto("/my/data")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as a file").click()
        saved.value.save_as(tmp_path / "mine.zip")
        assert any(name.endswith(".json") for name in zipfile.ZipFile(tmp_path / "mine.zip").namelist())
        page.get_by_role("button", name="Withdraw the consent").click()
        assert page.url.endswith("/my/data"), "the browser asks for the tick first"
        expect(page.get_by_text("paper form")).to_be_visible()
        page.get_by_label("I am sure").check()
        page.get_by_role("button", name="Withdraw the consent").click()
        expect(page.get_by_text("You have not agreed.")).to_be_visible()


def test_the_certificate_comes_as_phones_want_it(student_pages: Pages) -> None:
    phone = student_pages.served.phone()
    page, file = phone.get("/trust"), phone.get("/trust/rollcall-school.crt")
    assert file.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert "Content-Disposition" not in file.headers
    authority = x509.load_pem_x509_certificate(Path(student_pages.served.authority).read_bytes())
    assert file.body == authority.public_bytes(Encoding.DER)
    pairs = sha256(file.body).hexdigest().upper()
    shown = " ".join(pairs[place : place + 2] for place in range(0, 64, 2))
    assert shown in page.words
