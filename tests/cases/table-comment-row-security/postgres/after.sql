CREATE TABLE ledger (id INTEGER PRIMARY KEY);
COMMENT ON TABLE ledger IS 'under row level security';
