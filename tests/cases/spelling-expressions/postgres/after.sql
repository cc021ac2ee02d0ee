CREATE TABLE item (
	id INTEGER NOT NULL, 
	status VARCHAR(9), 
	active BOOLEAN, 
	name TEXT, 
	until TIMESTAMP WITHOUT TIME ZONE GENERATED ALWAYS AS (timestamptz '2020-01-01 00:00:00+00' AT TIME ZONE 'UTC') STORED, 
	during TSTZRANGE, 
	PRIMARY KEY (id), 
	CONSTRAINT item_status CHECK (status IN ('a', 'b')), 
	CONSTRAINT item_active CHECK (active), 
	CONSTRAINT item_name CHECK (length(name) > 1), 
	CONSTRAINT item_during EXCLUDE USING gist (during WITH &&) WHERE (NOT active)
);

CREATE INDEX item_live ON item (id) WHERE active AND name IS NOT NULL;

CREATE INDEX item_dead ON item ((NOT active));

