CREATE TABLE orders (id INTEGER NOT NULL, status VARCHAR(10) NULL, tax INTEGER NULL, CONSTRAINT pk_orders PRIMARY KEY (id));
GO
CREATE VIEW all_orders AS SELECT * FROM orders;
GO
CREATE VIEW open_orders AS SELECT id, tax FROM all_orders WHERE status = 'open';
GO
