-- Drop "member" table
DROP TABLE `member`;
-- Drop "team" table
DROP TABLE `team`;
