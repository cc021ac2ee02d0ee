CREATE TABLE "we""ird ta.ble%" (
    "Id" SERIAL NOT NULL,
    "a b" INTEGER,
    PRIMARY KEY ("Id")
);
