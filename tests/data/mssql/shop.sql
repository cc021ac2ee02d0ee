CREATE SCHEMA sales;
GO
CREATE TYPE dbo.Phone FROM varchar(20) NOT NULL;
CREATE SEQUENCE sales.invoice_number AS int START WITH 1000 INCREMENT BY 10 NO CACHE;
CREATE TABLE sales.customer (
    id int IDENTITY(1, 1) NOT NULL,
    email nvarchar(320) COLLATE Latin1_General_100_BIN2 NOT NULL,
    phone dbo.Phone NOT NULL,
    status char(1) NOT NULL CONSTRAINT df_customer_status DEFAULT 'a',
    created datetime2(3) NOT NULL DEFAULT sysutcdatetime(),
    notes varchar(max) SPARSE NULL,
    full_status AS (status + '!') PERSISTED,
    CONSTRAINT pk_customer PRIMARY KEY CLUSTERED (id) WITH (FILLFACTOR = 80),
    UNIQUE (email),
    CONSTRAINT ck_status CHECK (status = 'a' OR status = 'b')
);
CREATE TABLE sales.invoice (
    number int NOT NULL CONSTRAINT df_number DEFAULT (NEXT VALUE FOR sales.invoice_number),
    customer_id int NULL,
    amount decimal(19, 4) NOT NULL CHECK (amount >= 0),
    row_id uniqueidentifier ROWGUIDCOL NOT NULL DEFAULT newid(),
    stamp rowversion NOT NULL,
    CONSTRAINT pk_invoice PRIMARY KEY NONCLUSTERED (number DESC)
) WITH (DATA_COMPRESSION = PAGE);
CREATE INDEX ix_open ON sales.invoice (customer_id, amount DESC) INCLUDE (row_id) WHERE amount > 0 WITH (DATA_COMPRESSION = ROW);
CREATE NONCLUSTERED COLUMNSTORE INDEX ix_report ON sales.invoice (amount, customer_id);
ALTER TABLE sales.invoice WITH NOCHECK ADD CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES sales.customer (id) ON DELETE SET NULL;
ALTER TABLE sales.invoice NOCHECK CONSTRAINT fk_customer;
CREATE TABLE dbo.price (
    id int NOT NULL PRIMARY KEY,
    amount money NOT NULL,
    valid_from datetime2(7) GENERATED ALWAYS AS ROW START HIDDEN NOT NULL,
    valid_to datetime2(7) GENERATED ALWAYS AS ROW END HIDDEN NOT NULL,
    PERIOD FOR SYSTEM_TIME (valid_from, valid_to)
) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = [dbo].[price_history], HISTORY_RETENTION_PERIOD = 6 MONTHS));
GO
CREATE VIEW sales.good_customer AS SELECT id, email FROM sales.customer WHERE status = 'a';
GO
CREATE TRIGGER sales.on_invoice ON sales.invoice AFTER INSERT AS SET NOCOUNT ON;
GO
CREATE SYNONYM dbo.customers FOR [sales].[customer];
EXEC sp_addextendedproperty 'MS_Description', N'who buys', 'SCHEMA', 'sales', 'TABLE', 'customer';
EXEC sp_addextendedproperty 'MS_Description', N'where to write', 'SCHEMA', 'sales', 'TABLE', 'customer', 'COLUMN', 'email';
EXEC sp_addextendedproperty 'MS_Description', N'what is open', 'SCHEMA', 'sales', 'TABLE', 'invoice', 'INDEX', 'ix_open';
EXEC sp_addextendedproperty 'MS_Description', N'never less', 'SCHEMA', 'sales', 'TABLE', 'customer', 'CONSTRAINT', 'ck_status';
