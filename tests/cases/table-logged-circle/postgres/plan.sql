-- Modify "p" table
ALTER TABLE "public"."p" DROP CONSTRAINT "p_q";
-- Modify "q" table
ALTER TABLE "public"."q" DROP CONSTRAINT "q_a_fkey";
-- Modify "p" table
ALTER TABLE "public"."p" SET LOGGED;
-- Modify "q" table
ALTER TABLE "public"."q" SET LOGGED;
-- Modify "p" table
ALTER TABLE "public"."p" ADD CONSTRAINT "p_q" FOREIGN KEY ("a") REFERENCES "public"."q" ("a") ON UPDATE NO ACTION ON DELETE NO ACTION;
-- Modify "q" table
ALTER TABLE "public"."q" ADD CONSTRAINT "q_a_fkey" FOREIGN KEY ("a") REFERENCES "public"."p" ("a") ON UPDATE NO ACTION ON DELETE NO ACTION;
