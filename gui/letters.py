"""What Tk leaves out between a text and its picture: joined and ordered letters on X11, sides from right to left.

Windows and macOS join Arabic letters and put them from right to left by themselves; Tk on X11 draws one letter after
the other as they are stored.  All widgets talk to Tk through one object, so one in its place (:func:`install`) turns
texts that are only shown into what X11 can draw, and turns them back where they are read.  What is typed, stored,
copied or given to the window manager passes as it is.
"""

from __future__ import annotations

import re
import tkinter as tk
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from gui.mirror import mirrored, notebook_call
from gui.texts import is_right_to_left

_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_TO_TURN = re.compile(rf"[{_RIGHT_TO_LEFT}]")
_TO_MEND = re.compile(rf"[{_RIGHT_TO_LEFT}\u0900-\u097f\u200e\u200f]")
# Without digits, which are read from the left in every script.
_PLAIN = re.compile(rf"(?:(?!\d)[{_RIGHT_TO_LEFT} ])+")
_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Paths, addresses, days and times; and what stands in brackets after Latin letters: in their own order, as a whole.
_AS_WRITTEN = re.compile(r"[!-~]*[/\\@](?:[!-~]*[A-Za-z0-9/\\])?|\d+(?:[-:.]\d+)+")
_ENGLISH = re.compile(r"\b[a-z]+\b")
MANY_WORDS = 3
"""So many small English words that are no names make a sentence English, whatever names stand in it."""
_WITH_BRACKETS = re.compile(rf"[A-Za-z][^{_RIGHT_TO_LEFT}()]*\([^{_RIGHT_TO_LEFT}()]*\)")
_SHORT_I = re.compile("([\u0915-\u0939\u0958-\u095f]\u093c?)\u093f")
_LABELS = ("ttk::label", "label")
_UNKNOWN = "\ufffd"
_MOST_KEPT = 20_000


@lru_cache(maxsize=4096)
def drawn(line: str, from_right: bool) -> str:
    """One line as X11 draws it, from left to right.  from_right: whether the sentence as a whole is read so."""
    # A day of an Arabic calendar has such a mark, and nothing else that says how it is read.
    is_turned = from_right and "\u200f" in line
    line = _SHORT_I.sub("\u093f\\1", _CONTROLS.sub("", line))
    if not is_turned and not _TO_TURN.search(line):
        return line
    from arabic_reshaper import reshape
    from bidi.algorithm import get_display

    # Letters younger than this Python, of which nobody can say how they are read.
    line = "".join(one if unicodedata.bidirectional(one) else _UNKNOWN for one in line)
    if _PLAIN.fullmatch(line):
        return str(reshape(line))[::-1]
    # An English sentence with a name in it stays an English sentence.
    is_english = len(_ENGLISH.findall(_AS_WRITTEN.sub("", line))) > MANY_WORDS
    base, outer = ("L", "\u200e") if is_english or not from_right else ("R", "\u200f")
    line = _WITH_BRACKETS.sub("\\g<0>\u200e", line)
    line = _AS_WRITTEN.sub(f"{outer}\u200e\\g<0>\u200e{outer}", line)
    shown = get_display(reshape(line), base_dir=base)
    return _CONTROLS.sub("", str(shown))


def broken(text: str, room: int, measure: Callable[[str], int], from_right: bool) -> str:
    """A text in lines that fit into so many pixels, each as X11 draws it: the first words stay in the first line."""
    lines = []
    for paragraph in text.split("\n"):
        words, line = paragraph.split(" "), ""
        for word in words:
            longer = f"{line} {word}" if line else word
            if line and room > 0 and measure(drawn(longer, from_right)) > room:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return "\n".join(drawn(line, from_right) for line in lines)


def install(root: tk.Tk) -> None:
    """Put it between the widgets and Tk, where Tk or the language needs it; before any widget is made."""
    shapes = root.tk.call("tk", "windowingsystem") == "x11"
    if shapes or is_right_to_left():
        root.tk = Between(root.tk, shapes, is_right_to_left())  # type: ignore[assignment]
        ttk_style: Any = getattr(root, "style", None)
        if ttk_style is not None:
            ttk_style.tk = root.tk


class Between:
    """Stands for Tk; what it does not know itself it hands on."""

    def __init__(self, real: Any, shapes: bool, from_right: bool) -> None:  # noqa: ANN401 - _tkinter has no types
        self._real, self._shapes, self._from_right = real, shapes, from_right
        self._written: dict[str, str] = {}
        """What was written, by what is drawn for it."""
        self._wrapped: dict[str, str] = {}
        """What was written on labels, which is broken anew when their width changes."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._real, name)

    def call(self, *args: Any) -> Any:  # noqa: ANN401
        """Every command of every widget."""
        if len(args) == 1 and isinstance(args[0], tuple):
            args = args[0]
        if self._from_right:
            args = mirrored(notebook_call(self._real, args))
        if not self._shapes:
            return self._real.call(*args)
        if args[0] == "destroy":
            self._forget(str(args[1]))
        is_wrapped = self._wrapped and args[0] in self._wrapped and "-text" not in args and "-wraplength" in args
        if not is_wrapped and all(_is_plain(one) for one in args):
            return self._back(self._real.call(*args))
        result = self._back(self._real.call(*self._as_drawn(args)))
        if is_wrapped or args[0] in _LABELS or (len(args) > 2 and args[1] in ("configure", "config")):
            self._wrap(args)
        return result

    def _as_drawn(self, args: Sequence[Any]) -> list[Any]:
        """The texts among the words of a command, as they are drawn."""
        shown = list(args)
        room = 0
        if len(args) > 2 and args[1:3] == ("create", "text") and "-width" in args:
            room = int(args[list(args).index("-width") + 1])
        for place, word in enumerate(args[1:], 1):
            before = args[place - 1]
            if before in ("-text", "-label") and isinstance(word, str):
                shown[place] = self._line(word, self._measure_of(args), room)
            elif before == "-values" and self._is_list(args):
                texts = word if isinstance(word, tuple | list) else self._real.splitlist(word)
                shown[place] = tuple(self._line(str(one)) for one in texts)
        last = args[-1]
        is_measured = args[:2] == ("font", "measure") or (len(args) == 3 and args[1] == "set" and self._is_list(args))
        if isinstance(last, str) and is_measured:
            shown[-1] = self._line(last)
        return shown

    def _line(self, text: str, measure: Callable[[str], int] | None = None, room: int = 0) -> str:
        if not _TO_MEND.search(text):
            return text
        shown = broken(text, room, measure or len, self._from_right)
        if len(self._written) > _MOST_KEPT:
            self._written.clear()
        self._written[shown] = text
        return shown

    def _is_list(self, args: Sequence[Any]) -> bool:
        """Whether the values of this command are shown only: rows of tables, and lists nobody can type into."""
        if args[0] == "ttk::combobox":
            return "-state" in args and "readonly" in args
        kind = self._real.call("winfo", "class", args[0])
        return kind == "Treeview" or (
            kind == "TCombobox" and str(self._real.call(args[0], "cget", "-state")) != "normal"
        )

    def _measure_of(self, args: Sequence[Any]) -> Callable[[str], int]:
        font = args[list(args).index("-font") + 1] if "-font" in args else "TkDefaultFont"
        return lambda text: int(self._real.call("font", "measure", font, text))

    def _wrap(self, args: Sequence[Any]) -> None:
        """Break the text of a label that has a width, as Tk would break it in the wrong order."""
        path = str(args[1] if args[0] in _LABELS else args[0])
        if "-text" in args:
            text = args[list(args).index("-text") + 1]
            self._wrapped.pop(path, None)
            if not isinstance(text, str) or not _TO_TURN.search(text):
                return
            if self._real.call("winfo", "class", path) not in ("TLabel", "Label"):
                return
            self._wrapped[path] = text
        if path not in self._wrapped:
            return
        given = str(self._real.call(path, "cget", "-wraplength"))
        room = int(self._real.call("winfo", "pixels", path, given)) if given not in ("", "0") else 0
        font = self._font_of(path)
        text = self._wrapped[path]
        self._real.call(
            path, "configure", "-text",
            self._line(text, lambda line: int(self._real.call("font", "measure", font, line)), room),
        )  # fmt: skip

    def _font_of(self, path: str) -> str:
        font = str(self._real.call(path, "cget", "-font"))
        if not font:
            style = str(self._real.call(path, "cget", "-style")) or "TLabel"
            font = str(self._real.call("ttk::style", "lookup", style, "-font"))
        return font or "TkDefaultFont"

    def _back(self, result: Any) -> Any:  # noqa: ANN401
        """What was written, where what is drawn is read from a widget."""
        if not self._written:
            return result
        if isinstance(result, str):
            return result if result.isascii() else self._written.get(result, result)
        if isinstance(result, tuple):
            return tuple(self._back(one) for one in result)
        return result

    def _forget(self, path: str) -> None:
        if self._wrapped:
            gone = [one for one in self._wrapped if one == path or one.startswith(f"{path}.")]
            for one in gone:
                del self._wrapped[one]


def _is_plain(word: object) -> bool:
    """Whether nothing in it needs to be turned; nearly always, and so in no time."""
    if isinstance(word, str):
        return word.isascii()
    return not isinstance(word, tuple | list) or all(_is_plain(one) for one in word)
