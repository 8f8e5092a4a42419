"""What the screen of the reports is made of."""
