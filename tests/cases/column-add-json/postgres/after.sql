CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    data JSON,
    extra JSONB DEFAULT '{}' NOT NULL,
    PRIMARY KEY (id)
);
