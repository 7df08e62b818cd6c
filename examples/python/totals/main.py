"""Adds up the lines of an order, in cents."""


def handle(input):
    lines = input.get("lines", [])
    return {"lines": len(lines), "total": sum(line["cents"] * line["quantity"] for line in lines)}
