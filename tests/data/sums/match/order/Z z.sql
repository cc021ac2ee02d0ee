SELECT 'Z z.sql';
