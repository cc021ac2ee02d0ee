CREATE TABLE "we""ird ta.ble%" (
    "Id" INTEGER NOT NULL,
    "a b" INTEGER,
    PRIMARY KEY ("Id")
);
