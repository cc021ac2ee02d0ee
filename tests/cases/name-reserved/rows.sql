INSERT INTO "order" ("select", "group") VALUES (1, 'x');
