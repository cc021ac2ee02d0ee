CREATE SEQUENCE transaction_id_seq INCREMENT BY 2 START WITH 11;
COMMENT ON SEQUENCE transaction_id_seq IS 'numbers';
CREATE TABLE transaction (issued_at TIMESTAMP, id INTEGER NOT NULL, PRIMARY KEY (id));
