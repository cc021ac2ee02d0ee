-- Modify "booking" table
ALTER TABLE "public"."booking" ADD CONSTRAINT "fk_booking_room" FOREIGN KEY ("house", "number") REFERENCES "public"."room" ("house", "number") ON UPDATE NO ACTION ON DELETE NO ACTION;
