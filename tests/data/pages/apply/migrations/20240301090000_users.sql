-- Create "users" table
CREATE TABLE `users` (
  `id` integer NOT NULL,
  `email` varchar(80) NOT NULL,
  PRIMARY KEY (`id`)
);
