CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a TIMESTAMP WITH TIME ZONE DEFAULT now(),
    b UUID DEFAULT gen_random_uuid(),
    c TEXT DEFAULT 'a' || 'b',
    d DATE DEFAULT CURRENT_DATE,
    e INTEGER DEFAULT abs(-5) + 1,
    f JSONB DEFAULT '{"a": [1]}'::jsonb,
    g INTEGER[] DEFAULT ARRAY[1, 2],
    h TIMESTAMP WITHOUT TIME ZONE DEFAULT (now() AT TIME ZONE 'utc'),
    i INTERVAL DEFAULT '1 day'::interval,
    PRIMARY KEY (id)
);
