CREATE TABLE t (a INTEGER, b INTEGER, CHECK (a < b), CHECK (a <> b));
COMMENT ON CONSTRAINT t_check ON t IS 'below';
