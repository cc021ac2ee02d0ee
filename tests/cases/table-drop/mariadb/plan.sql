-- Drop "other" table
DROP TABLE `other`;
