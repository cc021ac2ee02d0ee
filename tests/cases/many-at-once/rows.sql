INSERT INTO customer (id, name, fax, joined) VALUES (1, 'Ann', '123', '2020-01-01');
INSERT INTO invoice (id, customer_id, total, state) VALUES (1, 1, 10, 'open');
