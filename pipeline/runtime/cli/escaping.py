"""Makes foreign bytes harmless for a terminal, which obeys what it is sent."""

from __future__ import annotations


def escaped(content: bytes | str) -> str:
    """One line in which everything is to be seen: control and format characters, bytes that are no UTF-8 and
    unassigned characters stand as in Python's strings, such as `\\\\x1b`.

    A blank is the only space; what was a backslash before can't be told from one that was put there.
    """
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
