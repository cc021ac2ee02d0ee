CREATE TABLE session (
    id INTEGER NOT NULL,
    token VARCHAR(40) NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (id)
) ENGINE=MEMORY;
CREATE INDEX ix_session_token USING btree ON session (token);
CREATE INDEX ix_session_seen ON session (seen);
