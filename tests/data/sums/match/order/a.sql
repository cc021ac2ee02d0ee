SELECT 'a.sql';
