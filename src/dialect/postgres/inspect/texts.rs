//! Objects that the model has no type for: each as the statements that would make it.
//!
//! Definitions of one kind come from one query, all queries have the same columns and are sent as one. What is left
//! out on purpose: owners and privileges (every environment has its own), versions of extensions, subscriptions and
//! user mappings (they hold passwords), settings of statistics and clustering, and whether a materialized view is filled
//! (maintenance, not schema).

use super::catalogue::{Catalogue, Comments};
use super::relations::comment_on;
use crate::engine::EngineError;
use crate::schema::TextObject;

/// The columns of each query:
///
/// - `class`, `oid`: where its comment is found
/// - `schema`: where it lives, empty when it lives outside all schemas
/// - `kind`, `name`, `owner` (its table), `definition`: as in [`TextObject`]
/// - `label`: how `COMMENT ON` names it
///
/// `{own:CLASS:ALIAS}` stands for the condition that neither an extension nor another object brought it.
const IN_SCHEMAS: &[&str] = &[
    // Functions and procedures; aggregates have no definition of their own.
    "\
SELECT 'pg_proc' AS class, p.oid AS oid, n.nspname::text AS schema,
  CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
  p.proname::text || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS name, NULL::text AS owner,
  pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\\n') AS definition,
  CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || pg_catalog.quote_ident(n.nspname) || '.'
    || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS label
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.pronamespace = ANY ($1) AND p.prokind <> 'a' AND {own:pg_proc:p}",
    "\
SELECT 'pg_proc', p.oid, n.nspname::text, 'aggregate',
  p.proname::text || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')', NULL,
  'CREATE AGGREGATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '('
    || pg_catalog.pg_get_function_arguments(p.oid) || ') (' || pg_catalog.concat_ws(', ',
      'SFUNC = ' || a.aggtransfn::regprocedure::text, 'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
      'SSPACE = ' || nullif(a.aggtransspace, 0),
      'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regprocedure::text,
      CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END, 'FINALFUNC_MODIFY = ' || a.aggfinalmodify::text,
      'COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::regprocedure::text,
      'SERIALFUNC = ' || nullif(a.aggserialfn::oid, 0)::regprocedure::text,
      'DESERIALFUNC = ' || nullif(a.aggdeserialfn::oid, 0)::regprocedure::text,
      'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
      'MSFUNC = ' || nullif(a.aggmtransfn::oid, 0)::regprocedure::text,
      'MINVFUNC = ' || nullif(a.aggminvtransfn::oid, 0)::regprocedure::text,
      'MSTYPE = ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), NULL),
      'MFINALFUNC = ' || nullif(a.aggmfinalfn::oid, 0)::regprocedure::text,
      'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
      'SORTOP = ' || nullif(a.aggsortop, 0)::regoperator::text, 'KIND = ' || a.aggkind::text,
      'PARALLEL = ' || p.proparallel::text) || ')',
  'AGGREGATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '('
    || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.pronamespace = ANY ($1) AND {own:pg_proc:p}",
    "\
SELECT 'pg_trigger', t.oid, n.nspname::text, 'trigger', t.tgname::text, c.relname::text,
  pg_catalog.pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE E';\\nALTER TABLE '
    || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
    || CASE t.tgenabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END
    || ' TRIGGER ' || pg_catalog.quote_ident(t.tgname) END,
  'TRIGGER ' || pg_catalog.quote_ident(t.tgname) || ' ON ' || pg_catalog.quote_ident(n.nspname) || '.'
    || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY ($1) AND NOT t.tgisinternal AND t.tgparentid = 0
  AND {own:pg_trigger:t} AND {own:pg_class:c}",
    "\
SELECT 'pg_rewrite', r.oid, n.nspname::text, 'rule', r.rulename::text, c.relname::text,
  pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';') || CASE r.ev_enabled WHEN 'O' THEN '' ELSE E';\\nALTER TABLE '
    || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
    || CASE r.ev_enabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END
    || ' RULE ' || pg_catalog.quote_ident(r.rulename) END,
  'RULE ' || pg_catalog.quote_ident(r.rulename) || ' ON ' || pg_catalog.quote_ident(n.nspname) || '.'
    || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY ($1) AND r.rulename <> '_RETURN' AND {own:pg_rewrite:r} AND {own:pg_class:c}",
    "\
SELECT 'pg_policy', p.oid, n.nspname::text, 'row security policy', p.polname::text, c.relname::text,
  'CREATE POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || pg_catalog.quote_ident(n.nspname) || '.'
    || pg_catalog.quote_ident(c.relname) || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
    || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
      WHEN 'd' THEN ' FOR DELETE' ELSE '' END
    || CASE WHEN p.polroles = '{0}' THEN '' ELSE ' TO ' || (
      SELECT pg_catalog.string_agg(coalesce(pg_catalog.quote_ident(o.rolname), 'PUBLIC'), ', ' ORDER BY o.rolname)
      FROM pg_catalog.unnest(p.polroles) r LEFT JOIN pg_catalog.pg_roles o ON o.oid = r) END
    || coalesce(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
  'POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || pg_catalog.quote_ident(n.nspname) || '.'
    || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY ($1) AND {own:pg_policy:p} AND {own:pg_class:c}",
    "\
SELECT 'pg_type', t.oid, n.nspname::text, 'domain', t.typname::text, NULL,
  'CREATE DOMAIN ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname) || ' AS '
    || pg_catalog.format_type(t.typbasetype, t.typtypmod)
    || coalesce((SELECT ' COLLATE ' || pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
      FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
      JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
      WHERE co.oid = t.typcollation AND t.typcollation <> b.typcollation), '')
    || coalesce(' DEFAULT ' || pg_catalog.pg_get_expr(t.typdefaultbin, 0), '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
    || coalesce((SELECT pg_catalog.string_agg(' CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' '
        || pg_catalog.pg_get_constraintdef(k.oid)
        || coalesce(' /* ' || pg_catalog.obj_description(k.oid, 'pg_constraint') || ' */', ''), '' ORDER BY k.conname)
      FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), ''),
  'DOMAIN ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typnamespace = ANY ($1) AND t.typtype = 'd' AND {own:pg_type:t}",
    "\
SELECT 'pg_type', t.oid, n.nspname::text, 'range type', t.typname::text, NULL,
  'CREATE TYPE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname) || ' AS RANGE ('
    || pg_catalog.concat_ws(', ', 'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL),
      'SUBTYPE_OPCLASS = ' || (SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(o.opcname)
        FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_namespace cn ON cn.oid = o.opcnamespace
        WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
      'COLLATION = ' || (SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
        FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
        WHERE co.oid = r.rngcollation),
      'CANONICAL = ' || nullif(r.rngcanonical::oid, 0)::regproc::text,
      'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::oid, 0)::regproc::text{multirange}) || ')',
  'TYPE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typnamespace = ANY ($1) AND t.typtype = 'r' AND {own:pg_type:t}",
    // Base types, and shells of types that were never finished.
    "\
SELECT 'pg_type', t.oid, n.nspname::text, 'type', t.typname::text, NULL,
  'CREATE TYPE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)
    || CASE WHEN NOT t.typisdefined THEN '' ELSE ' (' || pg_catalog.concat_ws(', ',
      'INPUT = ' || t.typinput::regprocedure::text, 'OUTPUT = ' || t.typoutput::regprocedure::text,
      'RECEIVE = ' || nullif(t.typreceive::oid, 0)::regprocedure::text,
      'SEND = ' || nullif(t.typsend::oid, 0)::regprocedure::text,
      'TYPMOD_IN = ' || nullif(t.typmodin::oid, 0)::regprocedure::text,
      'TYPMOD_OUT = ' || nullif(t.typmodout::oid, 0)::regprocedure::text,
      'ANALYZE = ' || nullif(t.typanalyze::oid, 0)::regprocedure::text,
      'INTERNALLENGTH = ' || t.typlen, CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
      'ALIGNMENT = ' || t.typalign::text, 'STORAGE = ' || t.typstorage::text, 'CATEGORY = ' || t.typcategory::text,
      CASE WHEN t.typispreferred THEN 'PREFERRED' END, 'DEFAULT = ' || pg_catalog.quote_literal(t.typdefault),
      'ELEMENT = ' || pg_catalog.format_type(nullif(t.typelem, 0), NULL),
      'DELIMITER = ' || pg_catalog.quote_literal(t.typdelim::text),
      CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE' END) || ')' END,
  'TYPE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typnamespace = ANY ($1) AND {own:pg_type:t} AND (NOT t.typisdefined OR t.typtype = 'b' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid))",
    "\
SELECT 'pg_operator', o.oid, n.nspname::text, 'operator',
  o.oprname::text || '(' || coalesce(pg_catalog.format_type(nullif(o.oprleft, 0), NULL), 'NONE') || ', '
    || coalesce(pg_catalog.format_type(nullif(o.oprright, 0), NULL), 'NONE') || ')', NULL,
  'CREATE OPERATOR ' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname::text || ' (' || pg_catalog.concat_ws(', ',
      'FUNCTION = ' || nullif(o.oprcode::oid, 0)::regprocedure::text,
      'LEFTARG = ' || pg_catalog.format_type(nullif(o.oprleft, 0), NULL),
      'RIGHTARG = ' || pg_catalog.format_type(nullif(o.oprright, 0), NULL),
      'COMMUTATOR = ' || nullif(o.oprcom, 0)::regoperator::text,
      'NEGATOR = ' || nullif(o.oprnegate, 0)::regoperator::text,
      'RESTRICT = ' || nullif(o.oprrest::oid, 0)::regproc::text,
      'JOIN = ' || nullif(o.oprjoin::oid, 0)::regproc::text,
      CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END) || ')',
  'OPERATOR ' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname::text || ' ('
    || coalesce(pg_catalog.format_type(nullif(o.oprleft, 0), NULL), 'NONE') || ', '
    || coalesce(pg_catalog.format_type(nullif(o.oprright, 0), NULL), 'NONE') || ')'
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oprnamespace = ANY ($1) AND {own:pg_operator:o}",
    // A family is known by what it holds, the operators and functions of its classes included.
    "\
SELECT 'pg_opfamily', f.oid, n.nspname::text, 'operator family', f.opfname::text || ' USING ' || a.amname::text, NULL,
  'CREATE OPERATOR FAMILY ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(f.opfname) || ' USING '
    || pg_catalog.quote_ident(a.amname) || coalesce(' ADD ' || (
      SELECT pg_catalog.string_agg(x.member, ', ' ORDER BY x.member) FROM (
        SELECT 'OPERATOR ' || m.amopstrategy || ' ' || m.amopopr::regoperator::text
          || coalesce(' FOR ORDER BY ' || (SELECT sn.nspname || '.' || s.opfname FROM pg_catalog.pg_opfamily s
            JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = m.amopsortfamily), '') AS member
        FROM pg_catalog.pg_amop m WHERE m.amopfamily = f.oid
        UNION ALL
        SELECT 'FUNCTION ' || m.amprocnum || ' (' || pg_catalog.format_type(m.amproclefttype, NULL) || ', '
          || pg_catalog.format_type(m.amprocrighttype, NULL) || ') ' || m.amproc::regprocedure::text
        FROM pg_catalog.pg_amproc m WHERE m.amprocfamily = f.oid) x), ''),
  'OPERATOR FAMILY ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(f.opfname) || ' USING '
    || pg_catalog.quote_ident(a.amname)
FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am a ON a.oid = f.opfmethod
JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
WHERE f.opfnamespace = ANY ($1) AND {own:pg_opfamily:f}",
    "\
SELECT 'pg_opclass', o.oid, n.nspname::text, 'operator class', o.opcname::text || ' USING ' || a.amname::text, NULL,
  'CREATE OPERATOR CLASS ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.opcname)
    || CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE '' END || ' FOR TYPE ' || pg_catalog.format_type(o.opcintype, NULL)
    || ' USING ' || pg_catalog.quote_ident(a.amname) || ' FAMILY ' || (
      SELECT pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.opfname)
      FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace WHERE f.oid = o.opcfamily)
    || coalesce(' AS STORAGE ' || pg_catalog.format_type(nullif(o.opckeytype, 0), NULL), ''),
  'OPERATOR CLASS ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.opcname) || ' USING '
    || pg_catalog.quote_ident(a.amname)
FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am a ON a.oid = o.opcmethod
JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
WHERE o.opcnamespace = ANY ($1) AND {own:pg_opclass:o}",
    // What names a collation's locale has moved from column to column; the row's text is the same on one server.
    "\
SELECT 'pg_collation', c.oid, n.nspname::text, 'collation', c.collname::text, NULL,
  'CREATE COLLATION ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname) || ' ('
    || (pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(c))
      - '{oid,collname,collnamespace,collowner,collversion}'::text[])::text || ')',
  'COLLATION ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname)
FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
WHERE c.collnamespace = ANY ($1) AND {own:pg_collation:c}",
    "\
SELECT 'pg_conversion', c.oid, n.nspname::text, 'conversion', c.conname::text, NULL,
  'CREATE ' || CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END || 'CONVERSION '
    || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.conname)
    || ' FOR ' || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding)) || ' TO '
    || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)) || ' FROM ' || c.conproc::regproc::text,
  'CONVERSION ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.conname)
FROM pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE c.connamespace = ANY ($1) AND {own:pg_conversion:c}",
    "\
SELECT 'pg_ts_config', c.oid, n.nspname::text, 'text search configuration', c.cfgname::text, NULL,
  'CREATE TEXT SEARCH CONFIGURATION ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.cfgname)
    || ' (PARSER = ' || (SELECT pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.prsname)
      FROM pg_catalog.pg_ts_parser p JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace WHERE p.oid = c.cfgparser)
    || ')' || coalesce((SELECT pg_catalog.string_agg(' ' || m.maptokentype || ':' || m.mapdict::regdictionary::text, ''
        ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid), ''),
  'TEXT SEARCH CONFIGURATION ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.cfgname)
FROM pg_catalog.pg_ts_config c JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
WHERE c.cfgnamespace = ANY ($1) AND {own:pg_ts_config:c}",
    "\
SELECT 'pg_ts_dict', d.oid, n.nspname::text, 'text search dictionary', d.dictname::text, NULL,
  'CREATE TEXT SEARCH DICTIONARY ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(d.dictname)
    || ' (TEMPLATE = ' || (SELECT pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.tmplname)
      FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace
      WHERE t.oid = d.dicttemplate) || coalesce(', ' || d.dictinitoption, '') || ')',
  'TEXT SEARCH DICTIONARY ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(d.dictname)
FROM pg_catalog.pg_ts_dict d JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace
WHERE d.dictnamespace = ANY ($1) AND {own:pg_ts_dict:d}",
    "\
SELECT 'pg_ts_parser', p.oid, n.nspname::text, 'text search parser', p.prsname::text, NULL,
  'CREATE TEXT SEARCH PARSER ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.prsname)
    || ' (' || pg_catalog.concat_ws(', ', p.prsstart::regproc::text, p.prstoken::regproc::text, p.prsend::regproc::text,
      p.prslextype::regproc::text, nullif(p.prsheadline::oid, 0)::regproc::text) || ')',
  'TEXT SEARCH PARSER ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.prsname)
FROM pg_catalog.pg_ts_parser p JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace
WHERE p.prsnamespace = ANY ($1) AND {own:pg_ts_parser:p}",
    "\
SELECT 'pg_ts_template', t.oid, n.nspname::text, 'text search template', t.tmplname::text, NULL,
  'CREATE TEXT SEARCH TEMPLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.tmplname)
    || ' (' || pg_catalog.concat_ws(', ', nullif(t.tmplinit::oid, 0)::regproc::text, t.tmpllexize::regproc::text) || ')',
  'TEXT SEARCH TEMPLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.tmplname)
FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
WHERE t.tmplnamespace = ANY ($1) AND {own:pg_ts_template:t}",
    "\
SELECT 'pg_statistic_ext', s.oid, n.nspname::text, 'statistics object', s.stxname::text, c.relname::text,
  pg_catalog.pg_get_statisticsobjdef(s.oid),
  'STATISTICS ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname)
FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid AND c.relnamespace = s.stxnamespace
WHERE s.stxnamespace = ANY ($1) AND {own:pg_statistic_ext:s}",
];

/// An extension belongs to a schema, which it may be limited to, but its name is unique in the database.
const EXTENSIONS: &str = "\
SELECT 'pg_extension' AS class, x.oid AS oid, ''::text AS schema, 'extension' AS kind, x.extname::text AS name,
  NULL::text AS owner,
  'CREATE EXTENSION ' || pg_catalog.quote_ident(x.extname) || ' SCHEMA ' || pg_catalog.quote_ident(n.nspname)
    AS definition, NULL::text AS label
FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
WHERE x.extname <> 'plpgsql' AND ({all} OR x.extnamespace = ANY ($1))";

/// Read only when nothing limits the schemas: they belong to the database as a whole.
const IN_DATABASE: &[&str] = &[
    "\
SELECT 'pg_event_trigger', e.oid, '', 'event trigger', e.evtname::text, NULL,
  'CREATE EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' ON ' || e.evtevent::text
    || coalesce(' WHEN TAG IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(t), ', ' ORDER BY t)
      FROM pg_catalog.unnest(e.evttags) t) || ')', '') || ' EXECUTE FUNCTION ' || e.evtfoid::regproc::text || '()'
    || CASE e.evtenabled WHEN 'O' THEN '' WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' ON REPLICA' ELSE ' ALWAYS' END,
  'EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname)
FROM pg_catalog.pg_event_trigger e WHERE {own:pg_event_trigger:e}",
    "\
SELECT 'pg_publication', p.oid, '', 'publication', p.pubname::text, NULL,
  'CREATE PUBLICATION ' || pg_catalog.quote_ident(p.pubname) || CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE '' END
    || coalesce(' FOR TABLE ' || (SELECT pg_catalog.string_agg(r.prrelid::regclass::text{filters}, ', '
        ORDER BY r.prrelid::regclass::text) FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid), '')
    {schemas} || ' WITH (' || pg_catalog.concat_ws(', ', 'insert=' || p.pubinsert, 'update=' || p.pubupdate,
      'delete=' || p.pubdelete, 'truncate=' || p.pubtruncate, 'publish_via_partition_root=' || p.pubviaroot) || ')',
  'PUBLICATION ' || pg_catalog.quote_ident(p.pubname)
FROM pg_catalog.pg_publication p WHERE {own:pg_publication:p}",
    "\
SELECT 'pg_foreign_data_wrapper', w.oid, '', 'foreign data wrapper', w.fdwname::text, NULL,
  'CREATE FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname)
    || coalesce(' HANDLER ' || nullif(w.fdwhandler, 0)::regproc::text, '')
    || coalesce(' VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc::text, ''),
  'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname)
FROM pg_catalog.pg_foreign_data_wrapper w WHERE {own:pg_foreign_data_wrapper:w}",
    // Options may hold what nobody should read, so only their names count.
    "\
SELECT 'pg_foreign_server', s.oid, '', 'foreign server', s.srvname::text, NULL,
  'CREATE SERVER ' || pg_catalog.quote_ident(s.srvname)
    || coalesce(' TYPE ' || pg_catalog.quote_literal(s.srvtype), '')
    || coalesce(' VERSION ' || pg_catalog.quote_literal(s.srvversion), '')
    || ' FOREIGN DATA WRAPPER ' || (SELECT pg_catalog.quote_ident(w.fdwname)
      FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)
    || coalesce(' OPTIONS (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name), ', '
        ORDER BY o.option_name) FROM pg_catalog.pg_options_to_table(s.srvoptions) o) || ')', ''),
  'SERVER ' || pg_catalog.quote_ident(s.srvname)
FROM pg_catalog.pg_foreign_server s WHERE {own:pg_foreign_server:s}",
    "\
SELECT 'pg_cast', c.oid, '', 'cast',
  pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL), NULL,
  'CREATE CAST (' || pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL)
    || ')' || CASE c.castmethod WHEN 'f' THEN ' WITH FUNCTION ' || c.castfunc::regprocedure::text
      WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END
    || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END,
  'CAST (' || pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL) || ')'
FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 AND {own:pg_cast:c}",
    "\
SELECT 'pg_language', l.oid, '', 'language', l.lanname::text, NULL,
  'CREATE LANGUAGE ' || pg_catalog.quote_ident(l.lanname) || ' HANDLER ' || l.lanplcallfoid::regproc::text,
  'LANGUAGE ' || pg_catalog.quote_ident(l.lanname)
FROM pg_catalog.pg_language l WHERE l.oid >= 16384 AND {own:pg_language:l}",
    "\
SELECT 'pg_am', a.oid, '', 'access method', a.amname::text, NULL,
  'CREATE ACCESS METHOD ' || pg_catalog.quote_ident(a.amname) || ' TYPE '
    || CASE a.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END || ' HANDLER ' || a.amhandler::regproc::text,
  'ACCESS METHOD ' || pg_catalog.quote_ident(a.amname)
FROM pg_catalog.pg_am a WHERE a.oid >= 16384 AND {own:pg_am:a}",
];

/// Reads them all, each with its schema (`None` for those of the database). `limited` says that only some schemas are
/// read.
pub(super) async fn texts(
    catalogue: &mut Catalogue<'_>,
    limited: bool,
    comments: &Comments,
) -> Result<Vec<(Option<String>, TextObject)>, EngineError> {
    let version = catalogue.version();
    let in_database: &[&str] = if limited { &[] } else { IN_DATABASE };
    let queries: Vec<String> = IN_SCHEMAS
        .iter()
        .chain([&EXTENSIONS])
        .chain(in_database)
        .map(|query| own(query))
        .collect();
    let (filters, schemas) = if version.has_publication_filters() {
        (
            "|| coalesce(' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '')
             || coalesce(' WHERE ' || pg_catalog.pg_get_expr(r.prqual, r.prrelid), '')",
            "|| coalesce(' FOR TABLES IN SCHEMA ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', '
               ORDER BY n.nspname) FROM pg_catalog.pg_publication_namespace x
               JOIN pg_catalog.pg_namespace n ON n.oid = x.pnnspid WHERE x.pnpubid = p.oid), '')",
        )
    } else {
        ("", "")
    };
    let multirange = if version.has_multiranges() {
        ", 'MULTIRANGE_TYPE_NAME = ' || pg_catalog.format_type(r.rngmultitypid, NULL)"
    } else {
        ""
    };
    let sql = queries
        .join("\nUNION ALL\n")
        .replace("{filters}", filters)
        .replace("{schemas}", schemas)
        .replace("{multirange}", multirange)
        .replace("{all}", if limited { "false" } else { "true" });
    let mut all = Vec::new();
    for row in catalogue.rows("other objects", sql).await? {
        let schema: String = row.get("schema")?;
        let mut definition: String = row.get("definition")?;
        let comment = comments.on(row.get("class")?, row.oid("oid")?);
        if let (Some(label), Some(comment)) = (row.get::<Option<&str>>("label")?, comment) {
            definition += &comment_on(label, comment);
        }
        let object = TextObject {
            kind: row.get("kind")?,
            name: row.get("name")?,
            table: row.get("owner")?,
            definition,
        };
        all.push(((!schema.is_empty()).then_some(schema), object));
    }
    Ok(all)
}

/// Writes out `{own:CLASS:ALIAS}`.
fn own(query: &str) -> String {
    let mut text = String::new();
    let mut rest = query;
    while let Some((before, after)) = rest.split_once("{own:") {
        let (class, after) = after.split_once(':').unwrap_or((after, ""));
        let (alias, after) = after.split_once('}').unwrap_or((after, ""));
        text += before;
        text += &format!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_depend dep WHERE dep.classid = 'pg_catalog.{class}'::regclass \
             AND dep.objid = {alias}.oid AND (dep.deptype = 'e' OR dep.deptype = 'i' \
             AND dep.refclassid <> 'pg_catalog.pg_class'::regclass))"
        );
        rest = after;
    }
    text + rest
}
