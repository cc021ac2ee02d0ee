-- Modify "slot" table
ALTER TABLE "public"."slot" ADD PRIMARY KEY ("day", "room");
