"""Reverses a text by its code points, and measures it."""


def handle(input):
    text = input["text"]
    return {"reversed": text[::-1], "characters": len(text), "bytes": len(text.encode())}
