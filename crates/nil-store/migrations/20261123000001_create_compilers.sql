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

-- One row, while a server listens beyond loopback: compilers without a sandbox must not work for it. They may read it.
CREATE TABLE exposure (
    is_only boolean     NOT NULL DEFAULT true,
    seen_at timestamptz NOT NULL,
    CONSTRAINT exposure_pkey PRIMARY KEY (is_only),
    CONSTRAINT exposure_is_one_row CHECK (is_only)
);
