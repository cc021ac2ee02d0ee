-- Drop "aa" table
DROP TABLE `aa`;
-- Drop "c" table
DROP TABLE `c`;
-- Drop "b" table
DROP TABLE `b`;
