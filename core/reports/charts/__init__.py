"""Charts: their data, and one figure of them for the screen, PNG and PDF alike."""
