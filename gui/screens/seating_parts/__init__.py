"""Parts of the screen that changes a seating plan."""
