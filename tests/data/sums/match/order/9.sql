SELECT '9.sql';
