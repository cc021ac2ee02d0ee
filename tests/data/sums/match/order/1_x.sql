SELECT '1_x.sql';
