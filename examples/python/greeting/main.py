"""Greets a person in the language they ask for."""

WORDS = {"en": "Hello", "de": "Hallo", "fr": "Bonjour", "es": "Hola"}


def handle(input):
    word = WORDS.get(input.get("language", "en"), WORDS["en"])
    return {"message": f"{word}, {input.get('name', 'world')}!"}
