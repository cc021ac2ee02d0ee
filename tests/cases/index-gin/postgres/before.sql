CREATE TABLE doc (
    id SERIAL NOT NULL,
    body JSONB,
    tags TEXT[],
    PRIMARY KEY (id)
);
