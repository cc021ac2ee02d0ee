CREATE TABLE item (
    id SERIAL NOT NULL,
    state VARCHAR(20) DEFAULT 'new' NOT NULL,
    PRIMARY KEY (id)
);
