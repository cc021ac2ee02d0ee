-- Drop "member" table
DROP TABLE `member`;
