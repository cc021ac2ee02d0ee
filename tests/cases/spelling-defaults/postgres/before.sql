CREATE TABLE item (
    id integer PRIMARY KEY,
    code varchar(10) DEFAULT 'x'::text,
    flag char(3) DEFAULT 'abc'::text,
    price numeric(10,2) DEFAULT 0.00,
    size bigint DEFAULT 0::bigint,
    tags varchar(9)[] DEFAULT '{}'::text[],
    labels text[] DEFAULT '{}',
    made timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    seen timestamptz DEFAULT transaction_timestamp(),
    local timestamp DEFAULT LOCALTIMESTAMP,
    utc timestamp DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC'),
    day date DEFAULT CURRENT_DATE,
    due timestamptz DEFAULT CURRENT_TIMESTAMP + interval '1 day',
    author text DEFAULT CURRENT_USER
);
