"""The rules of the house, checked on the files themselves."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = ("core", "gui", "web")
RUN_TIME = {"models", "data", "attendance", "output"}
TOP_LEVEL = RUN_TIME | {
    *("app.py", "core", "gui", "web", "tests", "benchmarks", "docs", "README.md", "CHANGELOG.md", "LICENSE"),
    *("LICENSES.md", "NOTICE", "NOTICE.md", "pyproject.toml", "requirements.txt", "requirements-dev.txt"),
    *(".ci", ".gitignore", ".gitattributes", ".editorconfig", ".dockerignore"),
}
BEFORE_PACKAGES = ("app.py", "core/__init__.py", "core/bootstrap.py", "core/environment.py", "core/errors.py")
CONVERSION = "core/networks/convert.py"
HEAVY = {"tensorflow", "keras", "mtcnn", "keras_facenet"}
SURFACES = {"gui", "web", "tkinter", "flask"}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
TAKES_OBJECTS = {"FileStorage", "unsafe_load", "full_load", "read_pickle", "load_module", "run_path"}
"""OpenCV's own files are parsed in C and kept for nothing here; the others build any object, or run a file."""
CODE_IN_DATA = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "torch"}
TEXTS = {".py", ".md", ".txt", ".toml", ".json", ".ini", ".mako", ".html", ".css", ".js", ".yml", ".sh", ""}
LONGEST_FUNCTION = 40
LONGEST_FILE = 400


def python_files(*folders: str) -> list[Path]:
    """Our own Python files, as they lie in the checkout."""
    found = [PROJECT / "app.py"] if "app.py" in folders else []
    for folder in folders:
        found += sorted(path for path in (PROJECT / folder).rglob("*.py") if "__pycache__" not in path.parts)
    return found


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def tracked() -> list[Path]:
    """The files of the repository; skips where this is no checkout (a downloaded archive, a copy)."""
    git = shutil.which("git")
    if git is None or not (PROJECT / ".git").exists():
        pytest.skip("not a checkout: which files belong to the repository is known to git alone")
    done = subprocess.run([git, "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if "dubious ownership" in done.stderr:
        pytest.skip("git does not trust the owner of this checkout")
    assert done.returncode == 0, done.stderr
    found = [PROJECT / name for name in done.stdout.split("\0") if name]
    return [path for path in found if path.is_file()]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module a file imports anywhere in it, by its full name; relative imports count as ``core``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module if node.module and not node.level else "core"


def importers_of(forbidden: set[str], *folders: str) -> set[str]:
    """``file: module`` for each import of a forbidden package."""
    return {
        f"{name_of(path)}: {module}"
        for path in python_files(*folders)
        for module in imported(parse(path))
        if module.split(".")[0] in forbidden
    }


def those_with_python(*more: str) -> list[str]:
    """What the tools are to look at: mypy stops at a folder without a file, ruff would walk through ``.venv``."""
    return [name for name in ("app.py", *SOURCES, "benchmarks", *more) if python_files(name)]


def run_tool(*arguments: str) -> None:
    """Run a tool of the development requirements on the project; its complaints are the test's message."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"


def test_ruff_has_no_complaint() -> None:
    run_tool("ruff", "check", *those_with_python("tests"))


def test_files_are_formatted() -> None:
    run_tool("ruff", "format", "--check", *those_with_python("tests"))


def test_types_are_right() -> None:
    run_tool("mypy", *those_with_python())


def test_core_knows_no_surface() -> None:
    assert importers_of(SURFACES, "core") == set()


def test_only_the_conversion_imports_tensorflow() -> None:
    found = importers_of(HEAVY, "app.py", *SOURCES)
    assert {each for each in found if not each.startswith(f"{CONVERSION}:")} == set()


def test_nothing_loads_a_format_that_can_carry_code() -> None:
    # Benchmarks may compare with other ways, but none of them needs such files either.
    assert importers_of(CODE_IN_DATA, "app.py", *SOURCES, "benchmarks") == set()


def calls(*folders: str) -> Iterator[tuple[str, str, ast.Call]]:
    """``file:line``, the last part of the called name, the call."""
    for path in python_files(*folders):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                yield f"{name_of(path)}:{node.lineno}", name, node


def test_no_text_is_run_and_no_object_built_from_a_file() -> None:
    found = [
        f"{place} {name}"
        for place, name, call in calls("app.py", *SOURCES, "benchmarks")
        if name in TAKES_OBJECTS
        or (name in RUNS_TEXT and isinstance(call.func, ast.Name))
        or (name == "load" and ast.unparse(call.func) in {"yaml.load", "torch.load", "joblib.load"})
    ]
    assert found == []


def test_numpy_files_are_loaded_without_objects() -> None:
    """Said at every call, although it is NumPy's default: an older one had another."""
    loading = [
        (place, [one.value for one in call.keywords if one.arg == "allow_pickle"])
        for place, name, call in calls("app.py", *SOURCES, "benchmarks")
        if name == "load" and ast.unparse(call.func) in {"np.load", "numpy.load"}
    ]
    assert loading
    assert [place for place, said in loading if [ast.unparse(one) for one in said] != ["False"]] == []


BUILT_SQL = {"core/store/audit.py", "core/store/audit_anchor.py", "core/store/engine.py", "core/store/schema.py"}
"""Put together from names of this program's own and from numbers; looked at one by one."""


def test_sql_is_never_put_together() -> None:
    """Ruff (S608) finds text that looks like SQL; this finds every text that is built where a statement is made."""
    built = {
        place.partition(":")[0]
        for place, name, call in calls("core/store", "gui", "web")
        if name in {"text", "execute", "exec_driver_sql", "executescript"} and "migrations/versions" not in place
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    }
    assert built == BUILT_SQL
    drivers = importers_of({"sqlite3"}, "core", "gui", "web")
    assert {one for one in drivers if not one.startswith("core/store/")} == set()


@pytest.mark.parametrize("name", BEFORE_PACKAGES)
def test_first_step_needs_only_the_standard_library(name: str) -> None:
    tree = parse(PROJECT / name)
    # What is imported inside a function comes after the packages are there.
    at_top = ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], [])
    own = {each.removesuffix(".py").replace("/", ".") for each in BEFORE_PACKAGES}
    strange = {module for module in imported(at_top) if module.split(".")[0] not in sys.stdlib_module_names} - own
    assert strange == set()


@pytest.mark.parametrize("name", BEFORE_PACKAGES)
def test_first_step_parses_on_an_old_python(name: str) -> None:
    ast.parse((PROJECT / name).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_importing_core_starts_neither_tensorflow_nor_a_window() -> None:
    """Imports every module of core but the conversion in one fresh process."""
    modules = [
        name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in python_files("core")
        if name_of(path) != CONVERSION and "migrations" not in path.parts
    ]
    assert len(modules) > 10
    unwanted = HEAVY | SURFACES | {"torch"}
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        f"print(*sorted({unwanted!r}.intersection(sys.modules)))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    done = subprocess.run(
        [sys.executable, "-c", program, *modules],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_top_level_holds_what_was_agreed() -> None:
    names = {path.relative_to(PROJECT).parts[0] for path in tracked()}
    assert {"app.py", "core", "tests"} <= names
    assert names - TOP_LEVEL == set()


def test_what_is_made_at_run_time_stays_out_of_the_repository() -> None:
    ignored = (PROJECT / ".gitignore").read_text(encoding="utf-8").split()
    assert {f"/{name}/" for name in RUN_TIME} | {".venv/"} <= set(ignored)
    # At most the folder itself is kept, with a word about what comes into it.
    kept = {path for path in tracked() if path.relative_to(PROJECT).parts[0] in RUN_TIME}
    assert {path.name for path in kept} <= {".gitkeep", ".gitignore", "README.md"}


def test_functions_are_short() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} has {length} lines"
        for path in python_files("app.py", *SOURCES, "benchmarks")
        # A migration is one long story that is never changed again.
        if "versions" not in path.parts
        for node in ast.walk(parse(path))
        if isinstance(node, kinds) and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_files_are_short() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("app.py", *SOURCES, "benchmarks")
        if "versions" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in python_files("app.py", *SOURCES, "benchmarks")
        if path.stat().st_size and not ast.get_docstring(parse(path))
    ]
    assert silent == []


def test_no_file_names_a_place_of_one_computer() -> None:
    """Folders of the computer something was written on mean nothing anywhere else."""
    place = re.compile(r"/(?:work|home/\w+|Users/\w+)/|\.\./\.\w+|[A-Z]:\\Users\\")
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if path.suffix in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if place.search(line)
    ]
    assert found == []
