-- Drop "users_touch" trigger on table: "users"
DROP TRIGGER "users_touch" ON "public"."users";
-- Drop "logs" table
DROP TABLE "public"."logs";
-- Drop "touch()" function
DROP FUNCTION "public"."touch"();
