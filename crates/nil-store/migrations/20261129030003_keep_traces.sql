-- The trace an execution belongs to, as the caller named it (W3C Trace Context): 16 bytes, as a uuid is.
ALTER TABLE executions ADD COLUMN trace_id uuid;

-- What a queued execution continues: the value of the `traceparent` header.
ALTER TABLE queued_executions ADD COLUMN trace_parent text;

CREATE OR REPLACE VIEW all_executions AS
    SELECT id, function_id, version_id, version_number, status, mode, input, output, error_kind, error_message, logs,
           duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, attempt, max_attempts,
           attempts, schedule_name, deliver_at, NULL::timestamptz AS next_attempt_at, NULL::text AS callback_url,
           started_at, completed_at, created_at, trace_id
    FROM executions
    UNION ALL
    SELECT id, function_id, version_id, version_number,
           CASE state WHEN 'RUNNING' THEN 'RUNNING'::execution_status ELSE 'PENDING'::execution_status END, mode,
           input, NULL::bytea, NULL::text, NULL::text, NULL::bytea, NULL::bigint, NULL::bigint, NULL::bigint,
           0::bigint, false, attempt, max_attempts, convert_to(attempts::text, 'UTF8'), schedule_name, deliver_at,
           CASE state WHEN 'RUNNING' THEN NULL::timestamptz ELSE due_at END, callback_url,
           CASE state WHEN 'RUNNING' THEN started_at END, NULL::timestamptz, created_at,
           substr(trace_parent, 4, 32)::uuid
    FROM queued_executions
    WHERE state <> 'DEAD';
