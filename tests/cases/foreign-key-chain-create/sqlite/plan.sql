-- Create "b" table
CREATE TABLE `b` (
  `id` integer NOT NULL,
  `a_id` integer NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`a_id`) REFERENCES `a` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "c" table
CREATE TABLE `c` (
  `id` integer NOT NULL,
  `b_id` integer NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`b_id`) REFERENCES `b` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "aa" table
CREATE TABLE `aa` (
  `id` integer NOT NULL,
  `c_id` integer NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`c_id`) REFERENCES `c` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
