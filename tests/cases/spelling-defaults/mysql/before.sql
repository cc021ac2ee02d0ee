CREATE TABLE item (
    id int PRIMARY KEY,
    code varchar(10) DEFAULT 'x',
    price decimal(10,2) DEFAULT 0.00,
    size bigint DEFAULT -1,
    active bool NOT NULL DEFAULT true,
    made datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
    seen timestamp NULL DEFAULT NOW() ON UPDATE NOW(),
    exact datetime(6) DEFAULT CURRENT_TIMESTAMP(6)
);
