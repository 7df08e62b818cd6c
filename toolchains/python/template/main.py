"""{{name}}: takes JSON, returns JSON.

    nil deploy {{name}}
    nil invoke {{name}} '{"name": "Ada"}'
"""


# Called with the input, a dict; what it returns becomes JSON. May be `async def`; raising fails the execution.
def handle(input):
    name = input.get("name", "world")
    print("greeting", name)
    return {"message": f"Hello, {name}!"}
