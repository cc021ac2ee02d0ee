-- How rows are kept.
CREATE UNLOGGED TABLE fast (a integer);
CREATE TABLE tuned (a text, b text) WITH (fillfactor=70, autovacuum_enabled=false, toast.autovacuum_enabled=off);
ALTER TABLE tuned ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE MAIN, ALTER b SET COMPRESSION pglz;
