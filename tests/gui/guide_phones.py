"""What phones do in the pictures of the guide: confirmations that nobody sent, and questions that nobody asked."""

from datetime import timedelta

from core import clock
from core.confirming.frames import pack
from core.store import confirmations, people, questions
from core.store.confirmations import State as Confirmed
from core.store.database import Store
from core.store.phone_marks import merge_phone_mark
from core.surfaces import PORT, Served
from core.vision.images import encode_png
from gui.portal import State
from tests.gui.guide_school import drawn_face

ADDRESS = f"https://192.168.1.20:{PORT}"
ON = State("on", Served(ADDRESS, True, ":".join(f"{(number * 53 + 29) % 256:02X}" for number in range(32))))
"""A portal that nobody runs, as the window shows one."""
CONFIRMED: tuple[tuple[str, Confirmed, str], ...] = (
    ("S109", "accepted", ""),
    ("S112", "accepted", ""),
    ("S113", "accepted", ""),
    ("S110", "review", "the head did not turn as it was asked to"),
    ("S114", "waiting", ""),
)


def confirm(store: Store, session_id: int) -> None:
    """As the portal stores confirmations, and as they are judged."""
    with store.transaction() as db:
        for roll, state, reason in CONFIRMED:
            who, selfie = people.get_student(db, roll), encode_png(drawn_face(int(roll[2:])))
            made = confirmations.add_confirmation(
                db,
                session_id=session_id,
                student_id=who.id,
                device_id=None,
                how="qr",
                state="waiting",
                reason="",
                frames=pack([selfie]),
            )
            if state == "waiting":
                continue
            confirmations.judge(db, made.id, state, reason, {}, selfie)
            if state == "accepted":
                merge_phone_mark(db, session_id, who.id, made.at, None)


def ask(store: Store, session_id: int) -> None:
    """A question about a mark, and days to be excused."""
    day = clock.now().date()
    with store.transaction() as db:
        late, away = people.get_student(db, "S106"), people.get_student(db, "S108")
        questions.add_query(db, session_id, late.id, "I came with the bus at 9:05, together with Hana. Was that late?")
        excused = day + timedelta(5), day + timedelta(6)
        questions.add_absence_asked(db, away.id, *excused, "My sister marries in Pune.")
