-- Set comment to table: "ledger"
COMMENT ON TABLE "public"."ledger" IS 'under row level security';
