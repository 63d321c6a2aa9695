class ExtractError(Exception):
    """Something the user can act on: one line that says what was found and what to do."""
