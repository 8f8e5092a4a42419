"""Typed settings with units, from ``data/settings.toml`` and ``ROLLCALL_…`` variables."""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import InputError
from core.paths import Home

DetectorName = Literal["mtcnn", "yunet"]
Caution = Literal["usual", "careful", "strict"]
LEAST_AUDIT_DAYS = 90


class Settings(BaseSettings):
    """What a school may change.  Environment variables win over the file."""

    model_config = SettingsConfigDict(env_prefix="ROLLCALL_", extra="ignore")

    school: str = ""
    time_zone: str | None = None
    """IANA name such as Asia/Kolkata; the computer's own zone when unset."""
    detector: DetectorName = "mtcnn"
    """What finds the faces; yunet is faster but needs its file in ``models/``."""
    min_face_px: Annotated[int, Field(ge=20, le=400)] | Literal["auto"] = "auto"
    """Smallest face that is detected in a lesson, pixels of the shorter box side; auto takes it from the picture's size
    and the class's last lessons."""
    caution: Caution = "usual"
    """How sure a face must be before it is marked in a lesson by itself; what is less sure is asked about."""
    looks_per_second: float = Field(default=4.0, gt=0, le=60)
    """How often faces are detected in moving pictures."""
    lesson_minutes: int = Field(default=90, ge=1, le=1440)
    """A second `mark` within this time continues the same session."""
    samples_per_student: int = Field(default=60, ge=5, le=500)
    """The most different samples kept for one student."""
    train_by_itself: bool = True
    """Whether the open window trains a class again, beside everything else, once its students or photos changed."""
    late_after_minutes: int = Field(default=10, ge=0, le=240)
    """Who is first seen later than this after the start is late."""
    early_leave_minutes: int = Field(default=10, ge=0, le=240)
    """Who is last seen more than this before the end left early."""
    open_early_minutes: int = Field(default=15, ge=0, le=240)
    """A lesson of the timetable may be marked this long before it starts."""
    close_after_minutes: int = Field(default=30, ge=0, le=10080)
    """A session closes itself this long after its end; who is unmarked then is absent."""
    lock_after_days: int = Field(default=14, ge=0, le=3650)
    """Marks of sessions older than this are changed by an admin only."""
    quiet_minutes: int = Field(default=5, ge=0, le=1440)
    """Passing a camera that runs all day again within this time is not a new event."""
    minimum_percent: float = Field(default=75.0, ge=0, le=100)
    """Attendance below this is reported."""
    pictures_in_sheets: bool = True
    """Whether the sheet of a lesson shows the faces that were not sure; sheets are not encrypted."""
    guardian_signs: bool = False
    """Whether a consent needs the name of a guardian, unless it is said that the student is of age."""
    unknown_faces_days: int = Field(default=0, ge=0, le=365)
    """So long the picture of a face that nobody was recognised in is kept; 0: it is never stored, only counted."""
    sample_days_after_leaving: int = Field(default=30, ge=0, le=3650)
    """Faces of a student go so long after they became inactive; 0 never."""
    thumbnail_days: int = Field(default=60, ge=0, le=3650)
    """So long the pictures of faces in a lesson are kept; 0 for good."""
    card_days: int = Field(default=14, ge=1, le=365)
    """So many days after it was printed a card still pairs a student's phone."""
    selfie_days: int = Field(default=14, ge=1, le=365)
    """So long the selfies of confirmations by phone are kept that a teacher decides about; others go at once."""
    passage_picture_days: int = Field(default=30, ge=0, le=3650)
    """So long the pictures of who passed a camera are kept; 0 for good."""
    mark_days: int = Field(default=0, ge=0, le=36500)
    """So long lessons with marks, history and sheets are kept, and arrivals and departures; 0 for good."""
    video_days: int = Field(default=30, ge=0, le=3650)
    """So long annotated videos stay in the output folder; 0 for good."""
    backup_days: int = Field(default=30, ge=1, le=365)
    """Copies of the database older than this go, so that what was erased is gone from them too."""
    audit_days: int = Field(default=0, ge=0, le=36500)
    """So long rows of the audit are kept, at least 90; 0 for good."""
    idle_minutes: int = Field(default=15, ge=0, le=1440)
    """A window in which nobody did anything for so long asks for the password again; 0 never."""

    smtp_host: str = ""
    """Name of the mail server; without it no mail can be sent."""
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    """587 for starttls, 465 for tls and 25 for none when unset."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; none only for a server on this computer or one that asks for no password."""
    smtp_user: str = ""
    """Who logs in; nobody when empty.  The password is never in this file: app.py mail password."""
    smtp_ca_file: Path | None = None
    """Certificates (PEM) that are trusted besides the system's: of a school with its own authority."""
    smtp_timeout_s: float = Field(default=30.0, gt=0, le=600)
    """How long the mail server may take for one answer."""
    smtp_mails_per_connection: int = Field(default=100, ge=1, le=10_000)
    """After so many mails a new connection is made."""
    mail_from: str = ""
    """Address the mail comes from."""
    mail_from_name: str = ""
    """Name beside it; the school's when empty."""
    mail_reply_to: str = ""
    """Address that answers go to; mail_from when empty."""
    mail_pause_s: float = Field(default=0.0, ge=0, le=60)
    """Pause between two mails, for servers that count."""
    mail_warn_after_sessions: int = Field(default=5, ge=1, le=1000)
    """Nobody is warned of low attendance before so many lessons counted."""
    mail_warn_weeks: int = Field(default=4, ge=0, le=520)
    """Nobody is warned about the same class again within so many weeks."""

    @field_validator("min_face_px", mode="wrap")
    @classmethod
    def _auto_or_pixels(cls, value: object, check: ValidatorFunctionWrapHandler) -> object:
        # A sentence of our own: pydantic would complain about the number and about the word.
        try:
            return check(value)
        except ValidationError as error:
            raise ValueError("write auto, or a whole number of pixels from 20 to 400") from error

    @field_validator("audit_days")
    @classmethod
    def _long_enough(cls, days: int) -> int:
        # Else one line in a file would empty the record of what its writer did.
        if 0 < days < LEAST_AUDIT_DAYS:
            raise ValueError(f"write 0 for good, or at least {LEAST_AUDIT_DAYS}")
        return days

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"“{name}” is no time zone; write one like Asia/Kolkata") from error
        return name

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def settings_file(home: Home) -> Path:
    """Where the school's settings are written; there need be none."""
    return home.data / "settings.toml"


def load_settings(home: Home) -> Settings:
    """Read the settings of ``home``.  Raises InputError naming the first wrong value."""
    path = settings_file(home)

    class _FromFile(Settings):
        model_config = SettingsConfigDict(env_prefix="ROLLCALL_", extra="ignore", toml_file=path)

    try:
        return _FromFile()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(f"The setting {name} in {path} cannot be used ({first['msg']}). Correct it there.") from error
    except (ValueError, OSError) as error:
        raise InputError(f"The settings in {path} cannot be read ({error}). Correct or delete the file.") from error
