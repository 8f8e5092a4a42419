"""The languages of the window and the portal, and their catalogues."""
