-- Modify "item" table
ALTER TABLE "public"."item" SET (autovacuum_enabled=false, fillfactor=70);
