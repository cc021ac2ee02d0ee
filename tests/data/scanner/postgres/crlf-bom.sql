-- atlas:txmode none

CREATE INDEX CONCURRENTLY a ON t (b);

-- second
CREATE INDEX CONCURRENTLY c
  ON t (d);