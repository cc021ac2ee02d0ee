CREATE TABLE transaction (issued_at TIMESTAMP, id SERIAL NOT NULL, PRIMARY KEY (id));
ALTER SEQUENCE transaction_id_seq INCREMENT BY 2 START WITH 11;
COMMENT ON SEQUENCE transaction_id_seq IS 'numbers';
