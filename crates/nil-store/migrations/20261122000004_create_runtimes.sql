-- Modules that the functions of an interpreted language share, by content. A function's own module names the one it
-- needs; rows are never changed, and a runtime stays as long as a function might ask for it.
CREATE TABLE runtimes (
    digest     BYTEA       NOT NULL CONSTRAINT runtimes_pkey PRIMARY KEY,
    version    TEXT        NOT NULL,
    wasm       BYTEA       NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT runtimes_digest_is_of_the_module CHECK (digest = sha256(wasm))
);
