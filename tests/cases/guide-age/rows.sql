INSERT INTO user_account (id, name) VALUES (1, 'Sandy');
