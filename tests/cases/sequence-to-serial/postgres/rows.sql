INSERT INTO transaction (id) VALUES (nextval('transaction_id_seq')), (nextval('transaction_id_seq'));
