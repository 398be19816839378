"""The command ``mmlandmark``: one entry to what ``tools/`` holds, and ``info``."""
