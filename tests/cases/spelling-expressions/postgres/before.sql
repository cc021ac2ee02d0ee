CREATE TABLE item (
    id integer PRIMARY KEY,
    status varchar(9) CONSTRAINT item_status CHECK (status::text = ANY (ARRAY['a', 'b'])),
    active boolean CONSTRAINT item_active CHECK (active = true),
    name text CONSTRAINT item_name CHECK (char_length(name) > 1),
    until timestamp GENERATED ALWAYS AS (timezone('utc', timestamptz '2020-01-01 00:00:00+00')) STORED,
    during tstzrange,
    CONSTRAINT item_during EXCLUDE USING gist (during WITH &&) WHERE (active = false)
);
CREATE INDEX item_live ON item (id) WHERE active = true AND name IS NOT NULL;
CREATE INDEX item_dead ON item ((active = false));
