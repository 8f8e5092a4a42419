"""Sheets and files that leave Rollcall for people to read."""
