"""Counts how often each word of a text occurs."""

import re
from collections import Counter

WORD = re.compile(r"[a-z\u0080-\U0010ffff]+")


def handle(input):
    # ASCII letters only: what `str.lower` does to others is another matter.
    text = re.sub("[A-Z]", lambda letter: letter[0].lower(), input.get("text", ""))
    return {"words": Counter(WORD.findall(text))}
