"""The pages of the screen Settings."""
