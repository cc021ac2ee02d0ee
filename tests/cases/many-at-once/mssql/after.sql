CREATE TABLE customer (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(80) NOT NULL,
    email VARCHAR(120) DEFAULT '' NOT NULL,
    joined DATE DEFAULT '2000-01-01' NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_customer_email ON customer (email);

CREATE TABLE invoice (
    id INTEGER NOT NULL IDENTITY,
    customer_id INTEGER NOT NULL,
    total NUMERIC(12, 2) NOT NULL,
    paid BIT DEFAULT 0 NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_invoice_total CHECK (total > -1),
    CONSTRAINT fk_invoice_customer FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE CASCADE
);

CREATE INDEX ix_invoice_customer_id ON invoice (customer_id);

CREATE TABLE line (
    id INTEGER NOT NULL IDENTITY,
    invoice_id INTEGER NOT NULL,
    text VARCHAR(max),
    PRIMARY KEY (id),
    CONSTRAINT fk_line_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id)
);
