CREATE TABLE booking (
    id SERIAL NOT NULL,
    during TSRANGE,
    PRIMARY KEY (id),
    CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&)
);
