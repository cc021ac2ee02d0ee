CREATE TABLE doc (
    id SERIAL NOT NULL,
    body JSONB,
    tags TEXT[],
    PRIMARY KEY (id)
);

CREATE INDEX ix_doc_tags ON doc USING gin (tags);

CREATE INDEX ix_doc_brin ON doc USING brin (id) WITH (pages_per_range = 32);

CREATE INDEX ix_doc_body ON doc USING gin (body jsonb_path_ops);
