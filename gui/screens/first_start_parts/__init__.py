"""The steps of the screen that a new school sees first."""
