CREATE TABLE booking (
    id SERIAL NOT NULL,
    during TSRANGE,
    PRIMARY KEY (id)
);
