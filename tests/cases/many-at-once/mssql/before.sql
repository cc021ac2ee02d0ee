CREATE TABLE customer (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    fax VARCHAR(20),
    joined DATE,
    PRIMARY KEY (id),
    CONSTRAINT uq_customer_name UNIQUE (name)
);

CREATE TABLE invoice (
    id INTEGER NOT NULL IDENTITY,
    customer_id INTEGER,
    total INTEGER NOT NULL,
    state VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT ck_invoice_total CHECK (total >= 0),
    CONSTRAINT fk_invoice_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
);

CREATE INDEX ix_invoice_state ON invoice (state);

CREATE TABLE fax_log (
    id INTEGER NOT NULL IDENTITY,
    customer_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_fax_log_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
);
