INSERT INTO item (id, name, a) VALUES (1, 'one', '6f1f1a3e-0b0c-4c53-a6ab-6f7a0f0a6c11');
