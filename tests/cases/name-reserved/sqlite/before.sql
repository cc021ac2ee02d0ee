CREATE TABLE "order" (
    "select" INTEGER NOT NULL,
    "group" VARCHAR(10),
    PRIMARY KEY ("select")
);
