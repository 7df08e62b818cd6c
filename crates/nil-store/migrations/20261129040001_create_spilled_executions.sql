-- Records of executions that came faster than rows can be inserted: many of them in one row, as the bytes of the COPY
-- that will insert them. They are durable here, and move into `executions` as soon as the rush is over or somebody
-- asks for one of them.
CREATE TABLE spilled_executions (
    -- Chosen by the writer, so that a second try after a lost answer writes nothing twice.
    id         uuid        NOT NULL,
    -- The least and the greatest id in it.
    first_id   uuid        NOT NULL,
    last_id    uuid        NOT NULL,
    count      integer     NOT NULL,
    -- Which COPY statement the rows are for; grows with the columns.
    format     integer     NOT NULL,
    rows       bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT spilled_executions_pkey PRIMARY KEY (id),
    CONSTRAINT spilled_executions_ids CHECK (first_id <= last_id AND count > 0)
);

-- Compressing takes longer than the rush leaves.
ALTER TABLE spilled_executions ALTER COLUMN rows SET STORAGE EXTERNAL;

CREATE INDEX spilled_executions_by_last_id ON spilled_executions (last_id);
