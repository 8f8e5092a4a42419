"""What the screens of the register are made of."""
