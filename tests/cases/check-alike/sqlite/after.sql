CREATE TABLE item (used BOOLEAN, size INTEGER, CHECK ([used] IN (0, 1)), CHECK (used IN (0, 1)));
