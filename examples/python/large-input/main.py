"""Sums the numbers and measures the names of a large input."""


def handle(input):
    items = input["items"]
    return {
        "items": len(items),
        "sum": sum(item["value"] for item in items),
        "letters": sum(len(item["name"]) for item in items),
    }
