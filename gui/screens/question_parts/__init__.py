"""Parts of the screen Questions."""
