INSERT INTO notes VALUES (E'it\'s; here', 'plain \', 'it''s', "odd;name"."x""y");
INSERT INTO notes VALUES (e'first \' part'
  -- between segments of one string; still it
  '; second \' part', U&'d\0061t\+000061;', B'101', N'ä;ö');
INSERT INTO notes VALUES ('-- no comment; /* nor this', '$$;$$', '𝒳;');
SELECT 'C:\', name FROM e'\\' WHERE a ? 'b;' AND arr[1] = '{;}';
SELECT namee'x;';
