"""What schemathesis must know of this API that its document does not say."""

import schemathesis


@schemathesis.hook
def filter_query(context, query):
    """Streams go on for as long as the client likes: they have tests of their own."""
    return not query or "follow" not in query


@schemathesis.hook
def map_query(context, query):
    """A request that waits is answered when there is something to tell; here nothing is waited for."""
    if query and "waitMs" in query and isinstance(query["waitMs"], int):
        query["waitMs"] = min(query["waitMs"], 10) if query["waitMs"] <= 30000 else query["waitMs"]
    return query
