CREATE TABLE transaction (issued_at TIMESTAMP, id SERIAL NOT NULL, PRIMARY KEY (id));
