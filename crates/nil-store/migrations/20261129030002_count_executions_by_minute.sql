-- Executions counted by minute, function and version, so that figures over millions of executions read thousands of
-- rows. Counted behind the writers, which know nothing of it: minutes before `counted_until` are here, the rest is
-- counted when somebody asks. A record that comes later than that names its minute, which is then counted anew.

CREATE TABLE execution_minutes (
    function_id    uuid        NOT NULL,
    minute         timestamptz NOT NULL,
    version_number integer     NOT NULL,
    count          bigint      NOT NULL,
    failed         bigint      NOT NULL,
    canceled       bigint      NOT NULL,
    cold           bigint      NOT NULL,
    -- Classes of durations (`duration_class`) and how many executions fell into each.
    classes        smallint[]  NOT NULL,
    class_counts   bigint[]    NOT NULL,
    CONSTRAINT execution_minutes_pkey PRIMARY KEY (function_id, minute, version_number),
    CONSTRAINT execution_minutes_classes_are_counted CHECK (cardinality(classes) = cardinality(class_counts))
);

CREATE INDEX execution_minutes_by_time ON execution_minutes (minute);

-- One row.
CREATE TABLE execution_minutes_state (
    is_only       boolean     NOT NULL DEFAULT true,
    counted_until timestamptz NOT NULL,
    CONSTRAINT execution_minutes_state_pkey PRIMARY KEY (is_only),
    CONSTRAINT execution_minutes_state_is_one_row CHECK (is_only)
);

-- Appended to by the transactions that record late, and emptied by the count. No key: two transactions that name the
-- same minute must not meet.
CREATE TABLE execution_minutes_late (
    minute timestamptz NOT NULL
);

-- The least UUIDv7 of a moment: its first 48 bits are milliseconds since 1970, the rest zero.
CREATE FUNCTION least_id_of(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- The minute a UUIDv7 was made in.
CREATE FUNCTION minute_of(id uuid) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_timestamp((('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 60000 * 60)::float8);

-- Durations in classes that grow by a tenth: a percentile from them is off by less than 5 %.
CREATE FUNCTION duration_class(duration_us bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN floor(ln(greatest(duration_us, 1)::float8) * 10)::smallint;
