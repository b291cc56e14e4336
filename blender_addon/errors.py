"""The one error of this room that is shown to a user as a sentence."""


class AddonError(Exception):
    """Something the user gave, or the machine lacks; the message is one sentence that says what to do."""
