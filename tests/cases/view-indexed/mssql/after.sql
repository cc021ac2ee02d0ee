CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer INTEGER NOT NULL, total NUMERIC(12, 2) NOT NULL);
GO
CREATE VIEW totals WITH SCHEMABINDING AS SELECT customer, SUM(total) AS total, COUNT_BIG(*) AS n FROM dbo.orders GROUP BY customer;
GO
CREATE UNIQUE CLUSTERED INDEX ux_totals ON totals (customer);
CREATE INDEX ix_totals ON totals (n);
