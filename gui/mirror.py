"""Commands of Tk in a window that is read from right to left.

Screens say ``start()`` and ``end()`` for the sides they pack to.  The rest follows the reading by itself, here:
distances ``padx=(before, after)``, columns of a grid, tabs, icons beside their text, parts of check boxes and lists,
and the side on which one types.
"""

import re
from collections.abc import Sequence
from typing import Any

COLUMNS = 60
"""A grid counts its columns from here to the left; those that nothing stands in have no width."""
_SIDES = re.compile(r"(-side )(left|right)\b")
_OTHER = {"left": "right", "right": "left"}


def mirrored(args: Sequence[Any]) -> tuple[Any, ...]:
    """The command that does the same from the other side."""
    args = tuple(args)
    if args[0] in ("pack", "grid") and "-padx" in args:
        args = _with(args, "-padx", " ".join(reversed(str(_option(args, "-padx")).split())))
    if args[0] == "grid":
        return _grid(args)
    if args[0] == "ttk::style" and args[1] == "configure" and "-compound" in args:
        side = _option(args, "-compound")
        return _with(args, "-compound", _OTHER.get(side, side))
    if args[0] == "ttk::style" and args[1] == "layout" and len(args) > 3:
        return (*args[:3], _SIDES.sub(lambda found: found[1] + _OTHER[found[2]], str(args[3])), *args[4:])
    if args[0] in ("ttk::entry", "ttk::combobox") and "-justify" not in args:
        return (*args, "-justify", "right")
    return args


def notebook_call(tk: Any, args: Sequence[Any]) -> tuple[Any, ...]:  # noqa: ANN401 - _tkinter has no types
    """A command to a notebook, whose first page has the rightmost tab; others as they are."""
    args = tuple(args)
    if len(args) < 3 or args[1] not in ("add", "select", "tab", "index") or not _is_notebook(tk, args[0]):
        return args
    last = int(tk.call(args[0], "index", "end")) - 1
    if args[1] == "add":
        return args if last < 0 else (args[0], "insert", 0, *args[2:])
    if args[1:3] == ("index", "current"):
        # Tk answers to the number of a page with that number.
        return (args[0], "index", last - int(tk.call(*args)))
    return (*args[:2], last - int(args[2]), *args[3:]) if str(args[2]).isdecimal() else args


def _is_notebook(tk: Any, path: object) -> bool:  # noqa: ANN401
    return bool(tk.call("winfo", "exists", path) == 1 and tk.call("winfo", "class", path) == "TNotebook")


def _grid(args: tuple[Any, ...]) -> tuple[Any, ...]:
    if args[1] == "columnconfigure" and str(args[3]).isdecimal():
        return (*args[:3], COLUMNS - int(args[3]), *args[4:])
    # Without options a widget comes back to where it was.
    if args[1] != "configure" or len(args) < 5:
        return args
    span = int(_option(args, "-columnspan")) if "-columnspan" in args else 1
    column = int(_option(args, "-column")) if "-column" in args else 0
    if "-column" in args:
        return _with(args, "-column", COLUMNS - column - span + 1)
    return (*args, "-column", COLUMNS - span + 1)


def _option(args: tuple[Any, ...], name: str) -> Any:  # noqa: ANN401
    return args[args.index(name) + 1]


def _with(args: tuple[Any, ...], name: str, value: object) -> tuple[Any, ...]:
    place = args.index(name) + 1
    return (*args[:place], value, *args[place + 1 :])
