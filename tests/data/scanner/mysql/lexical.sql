# hash; comment
SELECT 'it\'s;', "a\";", 'c:\\', `back\`, `tick``;` FROM t#tail;
;
SELECT 5--3, 4-- comment;
;
/*!40101 SET @old = @@sql_mode, sql_mode = 'NO_ZERO;DATE' */;
CREATE TABLE t (a INT) /*!50100 PARTITION BY HASH (a); */ /*M! ENGINE=Aria */;
SELECT /*+ NO_INDEX(t) */ 1 /* /* not nested */;
--atlas:nolint
DROP TABLE t;
