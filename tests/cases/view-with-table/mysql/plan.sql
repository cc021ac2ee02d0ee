-- Create "orders" table
CREATE TABLE `orders` (
  `id` int NOT NULL,
  `total` int NOT NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
-- Create "z_orders" view
CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `z_orders` AS select `orders`.`id` AS `id`,`orders`.`total` AS `users` from `orders`;
-- Create "a_orders" view
CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `a_orders` AS select `z`.`id` AS `id` from `z_orders` `z`;
