"""The dialogs of the window: each thing is asked, told and waited for in one way."""
