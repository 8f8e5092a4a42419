"""The look: one light and one dark theme of our own, one set of letter sizes, and the styles ttkbootstrap lacks.

Colours are calm and few; what they say is always said in words or letters too.  Every pair of letter and ground that
is used has a contrast of at least 4.5:1, which tests compute from the colours themselves.
"""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable
from typing import Any, Literal

import ttkbootstrap as ttk

from gui import letters
from gui.preferences import Mode
from gui.texts import anchor, is_right_to_left, start

FAMILY = "rollcall"
LEAST_CONTRAST = 4.5
DISABLED_CONTRAST = 3.0
"""What cannot be pressed is fainter, but still read."""
BAR = 8
"""Pixels of a scrollbar at 100 %, so that it can be taken with the mouse."""
BUTTONS = ("primary", "neutral", "success", "danger", "outline", "primary outline", "danger outline", "ghost", "link")
POINTS = {"Body": 11, "Link": 11, "Small": 10, "Title": 13, "Heading": 19, "Huge": 34}
"""Sizes at 100 %; fonts are called ``Rollcall.Body`` and so on."""
DARK_GROUND = "#1d232a"
_scalings: dict[str, float] = {}
_BOLD = ("Title", "Heading", "Huge")
# Two themes of one family: on a dark ground the same colours would be too dark to be read.
_LIGHT = ttk.Theme(
    FAMILY,
    primary="#2463b0",
    success="#1f7a4d",
    info="#0e7490",
    warning="#a15c00",
    danger="#b3323f",
    neutral="#66707c",
    light={"background": "#ffffff", "foreground": "#1f2933"},
)
_DARK = ttk.Theme(
    FAMILY,
    primary="#7fb0ee",
    success="#63c08d",
    info="#5cc4dc",
    warning="#e5b567",
    danger="#ee8a92",
    neutral="#8a94a0",
    dark={"background": DARK_GROUND, "foreground": "#eef2f6"},
)


def make_root(mode: Mode, font_percent: int) -> ttk.App:
    """The root window, hidden until it is filled, with theme, letters and sizes.

    font_percent: 100 to 200; icons and distances grow with it.
    """
    _LIGHT.register()
    _DARK.register()
    root = ttk.App("Rollcall", high_dpi=True)
    root.withdraw()
    letters.install(root)
    root.tk.call("tk", "scaling", _own_scaling(root) * font_percent / 100)
    _make_fonts(root)
    root.style.theme_use(f"{FAMILY}-{mode}")
    # ttkbootstrap leaves buttons only Enter; everywhere else Space presses what has the keyboard.
    root.bind_class("TButton", "<Key-space>", lambda event: root.tk.call(str(event.widget), "invoke"))
    ttk.on_theme_change(_own_styles)
    for first in (ttk.Treeview(root, bootstyle="table"), ttk.Scrollbar(root), ttk.Scrollbar(root, orient="horizontal")):
        first.destroy()
    for own in (_own_lists, _own_buttons):
        ttk.on_theme_change(own, call_now=False)
        own(root.style)
    # What was chosen from a list is no text that somebody selected.
    root.bind_class("TCombobox", "<<ComboboxSelected>>", lambda event: event.widget.selection_clear(), add="+")
    return root


def _own_scaling(root: tk.Tk) -> float:
    """Pixels a point on this screen as the system has it.

    A second window of the process would else begin with what the first one set, for Tk keeps it with the display.
    """
    display = str(root.winfo_screen())
    if display not in _scalings:
        _scalings[display] = float(root.tk.call("tk", "scaling"))
    return _scalings[display]


def screen_size(root: tk.Tk) -> tuple[int, int]:
    """Pixels, width first, less what a task bar takes."""
    return root.winfo_screenwidth(), root.winfo_screenheight() - 60


def font(size: str = "Body") -> str:
    """The name of a font of ours, for ``font=``."""
    return f"Rollcall.{size}"


def pixels(widget: tk.Misc, at_100_percent: int) -> int:
    """A distance or size that grows with screen and letters."""
    return int(ttk.scale_size(widget, at_100_percent))


def contrast(one: str, other: str) -> float:
    """How well one colour (``#rrggbb``) is read on the other, from 1 to 21 (WCAG 2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: str) -> str:
    """Black or white, whichever is read better on a colour."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, ground))


def on_change(widget: tk.Misc, restyle: Callable[[], None]) -> None:
    """Call ``restyle`` now and after each change between light and dark, as long as the widget lives."""

    def again(*_: object) -> None:
        if widget.winfo_exists():
            restyle()

    ttk.on_theme_change(again)
    widget.bind("<Destroy>", lambda event: _forget(event, widget, again), add="+")


def _forget(event: "tk.Event[tk.Misc]", widget: tk.Misc, callback: Callable[..., None]) -> None:
    if event.widget is widget:
        ttk.remove_theme_change_callback(callback)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _make_fonts(root: tk.Tk) -> None:
    family = tkfont.nametofont("TkDefaultFont", root).actual("family")
    for name, points in POINTS.items():
        weight: Literal["bold", "normal"] = "bold" if name in _BOLD else "normal"
        # Kept by the root: a Font that is collected takes its name with it.
        # A link is known by its line too, not by its colour alone.
        keep = tkfont.Font(root, name=font(name), family=family, size=points, weight=weight, underline=name == "Link")
        root.__dict__.setdefault("rollcall_fonts", []).append(keep)
    for name in ttk.Fonts.names():
        tkfont.nametofont(name, root).configure(size=POINTS["Small" if name == "TkTooltipFont" else "Body"])
    tkfont.nametofont("TkHeadingFont", root).configure(weight="bold")


def _own_styles(style: ttk.Style) -> None:
    colours = style.colors
    for name, size in (("Title", "Title"), ("Heading", "Heading"), ("Small", "Small"), ("Huge", "Huge")):
        style.configure(f"{name}.TLabel", font=font(size), background=colours.bg, foreground=colours.fg)
    if is_right_to_left():
        style.configure("TLabel", anchor=anchor(), justify=start())
        style.configure("TNotebook", tabposition="ne")
    style.configure("Muted.TLabel", font=font("Body"), background=colours.bg, foreground=muted(colours.bg, colours.fg))
    style.configure("Tick.TLabel", background=colours.bg, foreground=colours.success)
    style.configure("Problem.TLabel", font=font("Small"), background=colours.bg, foreground=colours.danger)
    style.configure("Card.TFrame", background=card(colours.bg, colours.fg), borderwidth=0)
    for name, size in (("Card", "Body"), ("CardTitle", "Title"), ("CardMuted", "Body")):
        ground = card(colours.bg, colours.fg)
        ink = muted(ground, colours.fg) if name == "CardMuted" else colours.fg
        style.configure(f"{name}.TLabel", font=font(size), background=ground, foreground=ink)
    ground = card(colours.bg, colours.fg)
    style.configure("Link.TButton", foreground=colours.primary, focuscolor=colours.primary, font=font("Link"))
    style.configure("Card.Link.TButton", background=ground, padding=0)
    style.map("Card.Link.TButton", background=[("", ground)])


def _own_lists(style: ttk.Style) -> None:
    """What ttkbootstrap builds when the first list or bar is made; called once there is one, and after each change."""
    colours, root = style.colors, style.master
    for way, sticky in (("Vertical", "ns"), ("Horizontal", "ew")):
        bar = f"{way}.TScrollbar"
        # Without the round ends, which are pictures and would stay where the rest is hidden; they gave the bar its
        # width, which is now the padding within what is filled.
        inner = (f"{bar}.thumb", {"sticky": "nswe"})
        fill = (f"{bar}.fill.thumb", {"expand": True, "sticky": sticky, "children": [inner]})
        parts: Any = [(f"{way}.Scrollbar.trough", {"sticky": sticky, "children": [fill]})]
        style.layout(bar, parts)
        wide, least = pixels(root, BAR) // 2, pixels(root, 2 * BAR)
        style.configure(bar, padding=(wide, least) if way == "Vertical" else (least, wide))
        # Tk disables a bar beside what is seen whole: nothing is to be pulled there.
        others: Any = [one for one in style.map(bar, "fieldbackground") if one[0] != "disabled"]
        style.map(bar, fieldbackground=[("disabled", colours.bg), *others])
    # The same ground as what stands in an empty list.
    style.configure("Table.Treeview", background=colours.bg, fieldbackground=colours.bg)
    chosen = mixed(colours.primary, colours.bg, 0.2)
    style.map("Table.Treeview", background=[("selected", chosen)], foreground=[("selected", colours.fg)])


def _own_buttons(style: ttk.Style) -> None:
    """Letters of what cannot be pressed, which ttkbootstrap makes all but invisible."""
    for look in BUTTONS:
        button = ttk.Button(bootstyle=look)
        name = button.cget("style")
        button.destroy()
        ground = style.lookup(name, "background", ["disabled"])
        ink = faint(ground, style.colors.fg)
        for option in ("foreground", "focuscolor"):
            others: Any = [one for one in style.map(name, option) if one[0] != "disabled"]
            wanted: dict[str, Any] = {option: [("disabled", ink), *others]}
            style.map(name, None, **wanted)


def faint(ground: str, ink: str) -> str:
    """The ink for what cannot be used now: as little as can still be read on its ground."""
    parts = (part / 100 for part in range(30, 101, 2))
    return next((one for part in parts if contrast(one := mixed(ink, ground, part), ground) >= DISABLED_CONTRAST), ink)


def mixed(one: str, other: str, part: float) -> str:
    """``part`` (0 to 1) of the first colour in the second."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


def muted(ground: str, ink: str) -> str:
    """The ink for what is less important, still well read on its ground."""
    return mixed(ink, ground, 0.72)


def card(ground: str, ink: str) -> str:
    """The ground of what stands out a little."""
    return mixed(ink, ground, 0.045)
