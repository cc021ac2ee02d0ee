CREATE TABLE "order" (
    "select" SERIAL NOT NULL,
    "group" VARCHAR(10),
    PRIMARY KEY ("select")
);
