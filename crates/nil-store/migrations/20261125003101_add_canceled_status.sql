-- An execution that was called off. A migration of its own: a new label cannot be used before it is committed.
ALTER TYPE execution_status ADD VALUE 'CANCELED';
