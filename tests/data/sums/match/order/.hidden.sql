SELECT '.hidden.sql';
