-- Modify "ledger" table
ALTER TABLE "public"."ledger" SET (fillfactor=60);
-- Modify index "ledger_owner" of table: "ledger"
ALTER INDEX "public"."ledger_owner" SET (fillfactor=40);
