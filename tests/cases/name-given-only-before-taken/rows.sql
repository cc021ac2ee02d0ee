INSERT INTO crate (id, code, qty, crate_id) VALUES (1, 'a', 1, 1);
