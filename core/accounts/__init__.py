"""Who may log in: accounts, passwords, wrong tries, the idle window."""
