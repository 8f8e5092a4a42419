"""One file a screen; they are found by themselves (:mod:`gui.screen`)."""
