CREATE TABLE tag (
    id INTEGER NOT NULL IDENTITY,
    label VARCHAR(20) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_tag_label UNIQUE (label)
);
