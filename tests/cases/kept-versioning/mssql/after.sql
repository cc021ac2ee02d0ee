CREATE TABLE salary (
    id INTEGER NOT NULL IDENTITY,
    amount NUMERIC(10, 2) NULL,
    note VARCHAR(5) NULL,
    CONSTRAINT pk_salary PRIMARY KEY (id)
);

CREATE TABLE payslip (
    id INTEGER NOT NULL IDENTITY,
    salary_id INTEGER NULL,
    rarely INTEGER NULL,
    CONSTRAINT pk_payslip PRIMARY KEY (id)
);

CREATE INDEX ix_payslip_salary ON payslip (salary_id);
