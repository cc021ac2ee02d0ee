-- atlas:delimiter -- end

CREATE PROCEDURE a() BEGIN SELECT 1; END;
-- end
CREATE FUNCTION f() AS $$ SELECT 1; -- end
$$;
-- end
SELECT ';'
-- end
