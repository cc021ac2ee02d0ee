-- Create "node" table
CREATE TABLE `node` (
  `id` integer NOT NULL,
  `parent_id` integer NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_node_parent` FOREIGN KEY (`parent_id`) REFERENCES `node` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE
);
