-- Drop "x" trigger on table: "a"
DROP TRIGGER `x`;
-- Create "x" trigger on table: "b"
CREATE TRIGGER `x` BEFORE INSERT ON `b` FOR EACH ROW BEGIN SET new.id = 1; END;
