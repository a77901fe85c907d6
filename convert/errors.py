"""What bbconvert raises when it cannot do what was asked."""


class BBConvertError(Exception):
    """One paragraph for the person at the keyboard: what failed, expected against got, the choices, the next command.

    The command line prints it and exits 1; nothing half-written is left behind.
    """


class UsageError(BBConvertError):
    """The command was called wrongly (an unknown option value, say): exit 2."""


class UnforeseenError(Exception):
    """What a child process raised that it should not have (`ZeroDivisionError: division by zero`): a bug of ours."""
