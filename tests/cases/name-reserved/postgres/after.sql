CREATE TABLE "user" (
    id SERIAL NOT NULL,
    "from" TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE "order" (
    "select" SERIAL NOT NULL,
    "group" VARCHAR(20),
    "table" INTEGER DEFAULT '1' NOT NULL,
    "user" INTEGER,
    PRIMARY KEY ("select"),
    CONSTRAINT "check" CHECK ("table" > 0),
    CONSTRAINT "unique" UNIQUE ("group", "table"),
    CONSTRAINT "references" FOREIGN KEY("user") REFERENCES "user" (id)
);

CREATE INDEX index ON "order" ("user");
