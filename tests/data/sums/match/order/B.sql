SELECT 'B.sql';
