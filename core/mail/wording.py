"""Templates with words filled in; a school's own in ``data/mail`` win over those that come with Rollcall.

A template is Jinja2, run in its sandbox.  The first line of the ``.txt`` is the subject; the ``.html`` beside it is the
same in HTML, in which every word is escaped.  Whoever writes a text of their own without an ``.html`` sends text only.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.errors import MailError
from core.mail.letters import Words
from core.paths import Home
from core.settings import Settings
from core.store.text import clean_text

TEMPLATES = Path(__file__).resolve().parent / "templates"
LONGEST_SUBJECT = 200
_BLANK_LINES = re.compile(r"\n{3,}")
"""What a part that was left out leaves behind."""
_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, OSError)
"""What a template that somebody wrote can raise; anything else would be a bug of ours."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A message in words.  html: empty when there is none."""

    subject: str
    text: str
    html: str


class Wording:
    """The templates of one home, read and checked once for a run."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._own = home.data / "mail"
        self._school = clean_text(settings.school)
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(self._own, "utf-8-sig"), FileSystemLoader(TEMPLATES)]),
            autoescape=lambda name: bool(name) and str(name).endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Kept for the run: looking at the files again for each message costs more than filling it in.
        self._templates: dict[str, Template] = {}
        self._with_html: dict[str, bool] = {}

    def word(self, template: str, role: str, words: Words) -> Worded:
        """Fill in a template.  Raises MailError naming file, line and the words there are; never gives half of it."""
        filled = {"school": self._school, "role": role, **_clean(dict(words))}
        text = self._fill(f"{template}.txt", filled)
        subject, _, body = text.lstrip("\r\n").partition("\n")
        subject = clean_text(subject, LONGEST_SUBJECT)
        if not subject or not body.strip():
            raise MailError(
                f"{self._path(f'{template}.txt')} gives no subject or no text. "
                "Write the subject into the first line and the text below it."
            )
        html = self._fill(f"{template}.html", filled) if self._has_html(template) else ""
        return Worded(subject, _BLANK_LINES.sub("\n\n", body.strip("\r\n")) + "\n", html)

    def _has_html(self, template: str) -> bool:
        if template not in self._with_html:
            own_text, own_html = ((self._own / f"{template}{end}").exists() for end in (".txt", ".html"))
            # The HTML that comes with Rollcall would say something else than a school's own text.
            self._with_html[template] = own_html or not own_text
        return self._with_html[template]

    def _path(self, name: str) -> Path:
        own = self._own / name
        return own if own.exists() else TEMPLATES / name

    def _fill(self, name: str, words: dict[str, Any]) -> str:
        try:
            if name not in self._templates:
                self._check(name, words)
                self._templates[name] = self._environment.get_template(name)
            return self._templates[name].render(words)
        except _FAULTS as error:
            raise MailError(_sentence(self._path(name), error, words)) from error

    def _check(self, name: str, words: dict[str, Any]) -> None:
        """Look for unknown words also where the template is not used today."""
        loader = self._environment.loader
        if loader is None:
            raise TypeError("the environment was made without a loader")
        tree = self._environment.parse(loader.get_source(self._environment, name)[0])
        unknown = find_undeclared_variables(tree) - words.keys() - self._environment.globals.keys()
        for one in tree.find_all(nodes.Name):
            if one.name in unknown:
                raise _UnknownWordError(one.name, one.lineno)


class _UnknownWordError(ValueError):
    def __init__(self, word: str, line: int) -> None:
        super().__init__(f"there is no word “{clean_text(word, 40)}”")
        self.line = line


def _sentence(path: Path, error: Exception, words: dict[str, Any]) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"The template {path} is no UTF-8 text. Save it as UTF-8, or remove it to use the one of Rollcall."
    if isinstance(error, (TemplateNotFound, OSError)):
        return f"The template {path} cannot be read ({clean_text(str(error), 80)}). Correct or remove it."
    line = _line(path, error)
    reason = clean_text(str(error), 120).rstrip(".")
    known = ", ".join(sorted(words))
    rows = next((one[0] for one in words.values() if isinstance(one, list) and one), None)
    of_rows = f"; each of rows has {', '.join(rows)}" if isinstance(rows, dict) else ""
    where = f"{path}, line {line}" if line else f"{path}"
    return f"The template {where} cannot be filled in: {reason}. The words are {known}{of_rows}."


def _line(path: Path, error: Exception) -> int | None:
    """Where in the template it went wrong: Jinja2 puts the template's own lines into the traceback."""
    stated = getattr(error, "line", None) or getattr(error, "lineno", None)
    if stated is not None:
        return int(stated)
    found, trace = None, error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _clean(value: Any) -> Any:  # noqa: ANN401 - words are texts, numbers and rows of them
    """One line each: a line break in a name would end the subject."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return value
