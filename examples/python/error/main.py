"""Divides, and fails where that means nothing."""


def handle(input):
    if input["divisor"] == 0:
        raise ValueError("cannot divide by zero")
    return {"quotient": input["dividend"] / input["divisor"]}
