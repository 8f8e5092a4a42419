"""The parts of the screen that takes faces."""
