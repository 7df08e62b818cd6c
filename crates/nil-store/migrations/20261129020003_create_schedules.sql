-- Schedules: times at which a function is to run. Whoever moves `next_fire_at` on queues the executions of the ticks it
-- passes over in the same transaction, so that a tick is one execution however many servers look.

CREATE TYPE catch_up AS ENUM ('skip', 'once', 'all');

CREATE TABLE schedules (
    id            uuid        NOT NULL,
    function_id   uuid        NOT NULL,
    name          text        NOT NULL,
    name_key      text        NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    cron          text,
    every_ms      bigint,
    -- What `every_ms` is counted from.
    anchor        timestamptz NOT NULL,
    time_zone     text        NOT NULL,
    input         bytea       NOT NULL,
    catch_up      catch_up    NOT NULL,
    paused        boolean     NOT NULL,
    -- The first tick nothing has been decided about; none while it is paused or has no further tick.
    next_fire_at  timestamptz,
    last_fired_at timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schedules_pkey PRIMARY KEY (id),
    CONSTRAINT schedules_name_is_unique UNIQUE (function_id, name_key),
    CONSTRAINT schedules_function_fkey FOREIGN KEY (function_id) REFERENCES functions (id) ON DELETE CASCADE,
    CONSTRAINT schedules_has_one_rhythm CHECK ((cron IS NULL) = (every_ms IS NOT NULL)),
    CONSTRAINT schedules_every_is_a_second CHECK (every_ms >= 1000),
    CONSTRAINT schedules_paused_has_no_tick CHECK (NOT paused OR next_fire_at IS NULL)
);

CREATE INDEX schedules_due ON schedules (next_fire_at) WHERE next_fire_at IS NOT NULL;
