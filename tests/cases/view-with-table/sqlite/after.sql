CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, total integer NOT NULL);
CREATE VIEW a_orders AS SELECT z.id FROM z_orders z;
CREATE VIEW z_orders AS SELECT id, total AS users FROM orders;
