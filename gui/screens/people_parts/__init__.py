"""The parts of the screen People and roles."""
