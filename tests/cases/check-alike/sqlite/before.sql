CREATE TABLE item (used BOOLEAN, CHECK ("used" IN (0, 1)), CHECK (used IN (0, 1)));
