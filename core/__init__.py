"""Everything of Rollcall that is not a screen or a page; never imports tkinter, flask, gui or web."""
