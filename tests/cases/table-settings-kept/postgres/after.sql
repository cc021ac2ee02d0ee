CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE ledger (id BIGSERIAL NOT NULL, owner VARCHAR(30) NOT NULL, body TEXT, mood mood, CONSTRAINT ledger_pkey PRIMARY KEY (id), CONSTRAINT ledger_body CHECK (body <> ''));
CREATE INDEX ledger_owner ON ledger (owner);
