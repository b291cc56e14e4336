"""The one error that is shown to a user as a sentence."""


class UserError(Exception):
    """Something the user gave, or the environment lacks; the message is one sentence that says what to do."""
