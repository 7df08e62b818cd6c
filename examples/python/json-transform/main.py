"""Turns a list of people into an index by city."""

from collections import defaultdict


def city_of(person):
    return person.get("address", {}).get("city", "unknown")


def handle(input):
    cities = defaultdict(list)
    for person in input["people"]:
        cities[city_of(person)].append(person["name"])
    return {"cities": cities}
