-- Set comment to schema: "audit"
COMMENT ON SCHEMA "audit" IS 'what happened, 100% of it';
