SELECT '10.sql';
