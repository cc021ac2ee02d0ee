INSERT INTO "we""ird ta.ble%" ("Id", "a b") VALUES (1, 2);
