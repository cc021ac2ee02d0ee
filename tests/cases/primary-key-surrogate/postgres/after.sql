CREATE TABLE tag (
    id SERIAL NOT NULL,
    label VARCHAR(20) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_tag_label UNIQUE (label)
);
