-- What callbacks are signed with is sealed as every secret is. Nothing has made one before.
ALTER TABLE callback_secrets
    DROP COLUMN secret,
    ADD COLUMN key_id bytea NOT NULL,
    ADD COLUMN nonce  bytea NOT NULL,
    ADD COLUMN sealed bytea NOT NULL;

CREATE INDEX callback_secrets_by_key ON callback_secrets (key_id);
