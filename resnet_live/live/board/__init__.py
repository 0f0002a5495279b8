"""The board: a small web page beside the class, on which students follow, vote, and say that they are done or stuck.

A server process of its own (`board_process`) serves it; the kernel of the class (`shared_board`) sends it what was run, with nothing
private in it, and asks it what the remote control wants. The server imports nothing of the course but this package.
"""
