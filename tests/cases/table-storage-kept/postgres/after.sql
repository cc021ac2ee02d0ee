CREATE TABLE ledger (id SERIAL NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (id)) WITH (fillfactor=60);
CREATE INDEX ledger_owner ON ledger (owner) WITH (fillfactor=40);
