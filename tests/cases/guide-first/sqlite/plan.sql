-- Create "user_account" table
CREATE TABLE `user_account` (
  `id` integer NOT NULL,
  `name` varchar(30) NOT NULL,
  `fullname` varchar(30) NULL,
  PRIMARY KEY (`id`)
);
-- Create "address" table
CREATE TABLE `address` (
  `id` integer NOT NULL,
  `email_address` varchar(30) NOT NULL,
  `user_id` integer NOT NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`user_id`) REFERENCES `user_account` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
