/* one /* two; */ still one; */
SELECT 1 /* a ; ' */ + /* ( */ 2 -- ) '
  ;
-- alone

-- group of
-- two lines
SELECT 3; /* tail */
-- no statement after this one; the file ends
