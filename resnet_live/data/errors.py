"""What goes wrong with data in a way that the user can fix."""


class DataError(Exception):
    """Images cannot be used; the message names the folder or address and says what to do."""
