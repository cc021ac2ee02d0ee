SELECT 'é.sql';
