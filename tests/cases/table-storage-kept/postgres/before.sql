CREATE TABLE ledger (id SERIAL NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (id) WITH (fillfactor=80))
  WITH (autovacuum_vacuum_scale_factor=0.01, fillfactor=70);
CREATE INDEX ledger_owner ON ledger (owner) WITH (deduplicate_items=off, fillfactor=50);
