CREATE TABLE "we""ird ta.ble%" (
    "Id" INTEGER NOT NULL,
    "a b" BIGINT,
    "ünï`x" TEXT,
    "100%" INTEGER DEFAULT '1',
    "it's" INTEGER,
    PRIMARY KEY ("Id"),
    CONSTRAINT "ck %" CHECK ("100%" > 0),
    CONSTRAINT "uq;--" UNIQUE ("it's")
);

CREATE INDEX "ix Odd" ON "we""ird ta.ble%" ("a b", "100%");
