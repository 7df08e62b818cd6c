-- Requests that must not be carried out twice: the first of a key holds it while it is carried out, then its answer is
-- kept for a day.
CREATE TABLE idempotency_keys (
    scope      text        NOT NULL,
    key        text        NOT NULL,
    -- SHA-256 of what was asked: another request must not use the same key.
    digest     bytea       NOT NULL,
    holder     uuid        NOT NULL,
    -- A holder that has not answered by then is lost, and the request may be made again.
    held_until timestamptz NOT NULL,
    status     integer,
    headers    jsonb,
    body       bytea,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_answer_is_whole
        CHECK ((status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL))
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
