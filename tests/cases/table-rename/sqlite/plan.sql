-- Create "article" table
CREATE TABLE `article` (
  `id` integer NOT NULL,
  `title` varchar(80) NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "ix_article_title" to table: "article"
CREATE INDEX `ix_article_title` ON `article` (`title`);
-- Drop "item" table
DROP TABLE `item`;
