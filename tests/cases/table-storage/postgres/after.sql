CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id)
) WITH (autovacuum_enabled=false, fillfactor=70);
