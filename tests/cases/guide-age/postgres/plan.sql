-- Modify "user_account" table
ALTER TABLE "public"."user_account" ADD COLUMN "age" integer NULL;
