CREATE TABLE tag (
    label VARCHAR(20) NOT NULL,
    PRIMARY KEY (label)
);
