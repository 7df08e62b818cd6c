-- What compiler services say about themselves: which languages they serve, and what keeps them from it. A row is
-- renewed every few seconds and says nothing once it is old. Servers read it to answer `GET /languages` and
-- `GET /ready`, and to refuse a language at once that no compiler has.

CREATE TABLE compilers (
    id           uuid        NOT NULL,
    announcement jsonb       NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now(),
    left_at      timestamptz,
    CONSTRAINT compilers_pkey PRIMARY KEY (id)
);
