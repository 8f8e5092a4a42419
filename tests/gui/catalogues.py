"""The catalogues: ``python -m tests.gui.catalogues`` brings them up to date with the texts there are.

Texts of the window and the portal are those within ``_()``, ``N_()`` and ``ngettext()``.  Core knows nothing of
languages: what it says is found here too, its errors as templates (``There is no class {code}.``), and translated where
it is shown; so are errors of the portal.
"""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from core import errors
from core.actions import WORDS as ACTION_WORDS
from core.languages.catalogue import OF_CORE
from core.languages.language import CATALOGUES, LANGUAGES, without_command
from core.words import DAYS, MAIL_KINDS, QUESTIONS, SOURCES

PROJECT = CATALOGUES.parent.parent
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
# What only the command line, the installation and other programs are told.
ERRORS = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
NOT_SHOWN = ("api", "commands", "bootstrap.py", "environment.py", "setup.py", "doctor.py", "downloads.py")
MANY = 40
# Calls in core/reports, and which of their words are shown.
NAMED = {"Report": (1, 3), "Parameter": (2, 4), "Table": (0, 1), "columns": (0, MANY)}
# Where all sentences are shown.
SAYING = (
    "reports/catalog",
    "reports/minimum.py",
    "reports/registry.py",
    "reports/period.py",
    "reports/standing.py",
    "review.py",
    "accuracy_advice.py",
)
# Where sentences with a name are shown.
CONSTANTS = (
    "core/confirming/",
    "accounts/login.py",
    "core/locks.py",
    "core/questions.py",
    "core/recognising.py",
    "store/confirmations.py",
    "vision/feed.py",
    "vision/live.py",
    "web/taking/",
)
# Lists of sentences for people, by the names they have in core.
NOTED = {"notes", "problems", "reasons", "warnings", "told"}
# Names of what a school may call otherwise, and words for every report.
WORDS = {
    "Present",
    "Absent",
    "Late",
    "Excused",
    "yes",
    "no",
    "the whole school",
    *DAYS,
    *QUESTIONS.values(),
    *MAIL_KINDS.values(),
    *SOURCES.values(),
    *ACTION_WORDS.values(),
}
FILLED = re.compile(r"{\w*}")
LEAST_LETTERS = 4
"""What says less of its own is a matter of punctuation."""
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
# Not those of Babel, whose last two forms of Arabic are the wrong way round.
PLURALS = {
    "hi": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}


def texts_of_window() -> set[str | tuple[str, str]]:
    """The English texts of gui and web, those with a plural as two."""
    kinds = [("**.py", "python"), ("**.html", "jinja2")]
    found = [extract_from_dir(PROJECT / folder, keywords=KEYWORDS, method_map=kinds) for folder in ("gui", "web")]
    return {message for one in found for _file, _line, message, _comments, _context in one if message}


def texts_of_core() -> set[str]:
    """What core says that is shown in the window, and errors of the portal."""
    found = set(WORDS)
    for path in sorted(path for place in ("core", "web") for path in (PROJECT / place).rglob("*.py")):
        if not set(path.relative_to(PROJECT).parts) & set(NOT_SHOWN):
            found |= {without_command(one) for one in _of_file(path) if _is_sentence(one)}
    return {one for one in found if "app.py" not in one}


def counted_of_core() -> set[tuple[str, str]]:
    """What core counts, as ``("{} lesson", "{} lessons")``."""
    found: set[tuple[str, str]] = set()
    for path in sorted((PROJECT / "core").rglob("*.py")):
        if set(path.relative_to(PROJECT / "core").parts) & set(NOT_SHOWN):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted":
                words = [one.value for one in node.args[1:3] if isinstance(one, ast.Constant)]
                if words:
                    found.add((f"{{}} {words[0]}", f"{{}} {words[1] if words[1:] else words[0] + 's'}"))
    return found


def current() -> Catalog:
    """All texts there are, untranslated."""
    catalogue = Catalog(charset="utf-8")
    window = texts_of_window()
    for text in window:
        catalogue.add(text)
    known = {one if isinstance(one, str) else one[0] for one in window}
    for pair in sorted(counted_of_core()):
        if pair[0] not in known:
            catalogue.add(pair, auto_comments=[OF_CORE])
    for text in texts_of_core() - known:
        catalogue.add(text, auto_comments=[OF_CORE])
    return catalogue


def read(language: str) -> Catalog:
    """The catalogue of a language as it is."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> int:
    """Write the catalogue anew with the texts there are now; how many are not translated."""
    now, before = current(), read(language)
    before.update(now, no_fuzzy_matching=True)
    before.obsolete.clear()
    write_catalogue(before, language)
    return sum(not all(one.string if isinstance(one.string, tuple) else (one.string,)) for one in before if one.id)


def write_catalogue(catalogue: Catalog, language: str) -> None:
    """Sorted, without places and dates, so that only what changed differs."""
    body = BytesIO()
    write_po(body, catalogue, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    header = HEADER.format(language=language, plurals=PLURALS[language])
    (CATALOGUES / f"{language}.po").write_bytes(header.encode() + body.getvalue())


def _of_file(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    is_report = "reports" in path.parts
    if any(one in path.as_posix() for one in SAYING):
        yield from _all_sentences(tree)
    if any(one in path.as_posix() for one in CONSTANTS):
        yield from _constants(tree)
    for node in ast.walk(tree):
        for one in _noted(node):
            yield from _templates(one)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ERRORS and node.args:
                yield from _templates(node.args[0])
            elif name == "Progress" and len(node.args) > 2:
                yield from _templates(node.args[2])
            elif is_report and name in NAMED:
                for one in node.args[slice(*NAMED[name])]:
                    yield from _templates(one.elts[0] if isinstance(one, ast.Tuple) and one.elts else one)


def _noted(node: ast.AST) -> list[ast.expr]:
    """What is put into a list of sentences."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        return node.args if _name(node.func.value) in NOTED else []
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        return []
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    is_list = isinstance(node.value, ast.List | ast.Tuple)
    return node.value.elts if _name(target) in NOTED and is_list else []


def _constants(tree: ast.Module) -> Iterator[str]:
    """Sentences with a name: why a selfie waits for a person, stored as they are, and what is said in many places."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            for value in values:
                if isinstance(value, ast.Constant | ast.JoinedStr):
                    yield from (one for one in _templates(value) if " " in one)


def _all_sentences(tree: ast.Module) -> Iterator[str]:
    parts = (part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values)
    docstrings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    left_out = {id(one) for one in (*parts, *docstrings)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in left_out:
            yield from (one for one in _templates(node) if " " in one)


def _templates(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _templates(node.body)
        yield from _templates(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield _template(node)


def _template(node: ast.JoinedStr) -> str:
    """``f"{code} has {len(rows)} rows"`` as ``{code} has {0} rows``."""
    words, names = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            words += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            name = _name(part.value)
            name = name if name and name not in names else f"x{len(names)}"
            names.append(name)
            words += f"{{{name}}}"
    return words


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower()
    return node.attr.lower() if isinstance(node, ast.Attribute) else ""


def _is_sentence(text: str) -> bool:
    return sum(letter.isalpha() for letter in FILLED.sub("", text)) >= LEAST_LETTERS


if __name__ == "__main__":
    for one in LANGUAGES:
        if one != "en":
            print(f"{one}: {update(one)} texts are not translated yet.")
