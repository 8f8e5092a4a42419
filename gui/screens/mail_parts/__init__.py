"""What the screen of the mail is made of."""
