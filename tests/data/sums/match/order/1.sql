SELECT '1.sql';
