-- Create "orders" table
CREATE TABLE `orders` (
  `id` integer NOT NULL,
  `total` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create "z_orders" view
CREATE VIEW z_orders AS SELECT id, total AS users FROM orders;
-- Create "a_orders" view
CREATE VIEW a_orders AS SELECT z.id FROM z_orders z;
