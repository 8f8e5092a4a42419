"""Parts of the page Kiosk."""
