"""What can go wrong in words for the person at the keyboard, with the exit code that tells a script the same."""


class NodeError(Exception):
    """A node could not be started or reached."""

    exit_code = 1


class MissingError(NodeError):
    """Something that has to be installed, or to be given, is not here."""

    exit_code = 3
