//! The keys of `trueup.yaml`. This is the file's whole language: the parser follows these types, and so does the
//! JSON schema for editors, whose descriptions are their comments.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// trueup's settings for a project.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The environments by name. The only one needs no `--env`.
    pub(super) envs: BTreeMap<String, Option<Settings>>,
    /// What environments have unless they say otherwise.
    pub(super) defaults: Option<Settings>,
    /// Variables that `--var name=value` sets and `${var.name}` stands for, with their defaults. One without a default must be
    /// given.
    #[serde(default)]
    #[cfg_attr(
        test,
        schemars(with = "BTreeMap<String, Option<super::tests::schema::Scalar>>")
    )]
    pub(super) vars: BTreeMap<String, Option<Text>>,
}

/// An environment.
#[derive(Default, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// SQLAlchemy models: a module (app.models), a MetaData or base in one (app.models:Base), a file or a folder.
    pub(super) models: Option<Texts>,
    /// The application that the models need when they are imported, such as shop:create_app.
    pub(super) app: Option<Text>,
    /// The Python that loads the models, as a list with its arguments where it has any; looked for when not given.
    pub(super) python: Option<Texts>,
    /// The desired schema as SQL: a file, a folder of them, or a database's URL. With models or a program they are loaded
    /// together, in the order in which they stand.
    pub(super) schema: Option<Texts>,
    /// A program that prints the desired schema as SQL, with its arguments.
    pub(super) program: Option<Form<Program, Text>>,
    /// The dev database, empty and disposable: local://postgres, docker://mysql/8/dev, sqlite://dev?mode=memory, ….
    pub(super) dev: Option<Text>,
    /// The target database. With for_each, `${each}` in it is the name of one.
    pub(super) url: Option<Text>,
    /// The target is many databases of the same migrations, such as one per tenant: their names, which `${each}` in `url`
    /// stands for, as a list, from a file, or by a query.
    pub(super) for_each: Option<Form<Each, Text>>,
    /// The migration directory.
    pub(super) migrations: Option<Form<Migrations>>,
    /// The schemas to compare; all when not given.
    pub(super) schemas: Option<Texts>,
    /// Objects to leave alone, such as public.audit_*. Those of `defaults` are left alone as well.
    pub(super) ignore: Option<Form<Ignored, Form<Ignored>>>,
    /// Kinds of objects, such as view or trigger, that are the models' even where their SQL creates none.
    pub(super) own: Option<Texts>,
    /// How changes are planned.
    pub(super) diff: Option<Diff>,
    /// How results are written: json, or a Go template.
    pub(super) format: Option<Formats>,
}

/// A program, and where it runs.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// The program and its arguments.
    pub(super) command: Form<Never, Text>,
    /// The directory that it runs in; the working directory when not given.
    pub(super) working_dir: Option<Text>,
}

/// Where the names of the databases are.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Each {
    /// A file with a name on each line; `#` begins a comment.
    pub(super) file: Option<Text>,
    /// A SELECT whose first column is the name.
    pub(super) query: Option<Text>,
    /// The database that is asked, on the server of the others.
    pub(super) database: Option<Text>,
    /// The database that is asked, where that is on another server.
    pub(super) url: Option<Text>,
}

/// The migration directory, and how it is worked with.
#[derive(Default, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Migrations {
    /// The directory, `migrations` when not given; `alembic` or `alembic://alembic.ini` for an Alembic history.
    pub(super) dir: Option<Text>,
    /// Its format.
    #[cfg_attr(test, schemars(schema_with = "super::tests::schema::dir_format"))]
    pub(super) format: Option<Text>,
    /// Objects to leave alone when migrations are planned, and only then.
    pub(super) ignore: Option<Form<Ignored, Form<Ignored>>>,
    /// How long to wait for another run to finish, such as 10s.
    pub(super) lock_timeout: Option<Text>,
    /// The version that an existing database is taken to be at.
    #[cfg_attr(test, schemars(with = "Option<super::tests::schema::Scalar>"))]
    pub(super) baseline: Option<Text>,
    /// What happens to files that are older than the last one applied.
    #[cfg_attr(test, schemars(schema_with = "super::tests::schema::exec_order"))]
    pub(super) exec_order: Option<Text>,
    /// The schema of the table that says what was applied.
    pub(super) revisions_schema: Option<Text>,
}

/// Objects to leave alone.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Ignored {
    /// Their names, as `schema.object` or `schema.table.object`, with `*` for any characters.
    pub(super) pattern: Text,
    /// Why.
    pub(super) reason: Option<Text>,
    /// The last day on which they are left alone, such as 2027-03-31.
    #[cfg_attr(test, schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$")))]
    pub(super) until: Option<Text>,
}

/// How changes are planned.
#[derive(Default, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Diff {
    /// Kinds of changes to leave out, such as drop_table.
    #[cfg_attr(test, schemars(schema_with = "super::tests::schema::skip"))]
    pub(super) skip: Option<Texts>,
    /// Which index changes must not block writers.
    pub(super) concurrent_index: Option<ConcurrentIndex>,
}

/// Which index changes must not block writers.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ConcurrentIndex {
    /// Indexes are created without blocking writers.
    pub(super) create: Option<bool>,
    /// Indexes are dropped without blocking writers.
    pub(super) drop: Option<bool>,
}

/// How results are written, by command.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Formats {
    /// Of `trueup migrate`.
    pub(super) migrate: Option<MigrateFormats>,
    /// Of `trueup schema`.
    pub(super) schema: Option<SchemaFormats>,
}

/// How results of `trueup migrate` are written.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct MigrateFormats {
    /// Of `trueup migrate diff`, such as '{{ sql . "  " }}'.
    pub(super) diff: Option<Text>,
}

/// How results of `trueup schema` are written.
#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SchemaFormats {
    /// Of `trueup schema inspect`.
    pub(super) inspect: Option<Text>,
    /// Of `trueup schema diff`.
    pub(super) diff: Option<Text>,
}

/// A text, or a list of them.
pub(super) type Texts = Form<Never, Text>;

/// A text and its place. Numbers and the like are texts, too, as they are written.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) value: String,
    /// Where it is written: of an alias, what that stands for.
    pub(super) at: Range<usize>,
    /// Where it is used.
    pub(super) used: usize,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(|found: Spanned<String>| Self {
            value: found.value,
            at: span(&found.defined),
            used: span(&found.referenced).start,
        })
    }
}

/// The bytes of a place of the file, as far as the parser tells them.
pub(super) fn span(at: &Location) -> Range<usize> {
    let start = at.span().byte_offset().unwrap_or_default() as usize;
    let length = at.span().byte_len().unwrap_or_default() as usize;
    start..start + length
}

/// A value that has a short form.
pub(super) enum Form<M, L = Never> {
    Text(Text),
    List(Vec<L>),
    Full(M),
}

impl<M, L> Form<M, L> {
    /// The short form.
    pub(super) fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Full(_) => None,
        }
    }

    /// The mapping, where all is written out.
    pub(super) fn full(&self) -> Option<&M> {
        match self {
            Self::Full(full) => Some(full),
            Self::Text(_) | Self::List(_) => None,
        }
    }
}

/// What a form does not have.
#[derive(Clone, Copy)]
pub(super) enum Never {}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("nothing is expected here"))
    }
}

/// What a part of a form is called, if the form has it.
pub(super) trait Part {
    const NAME: Option<&'static str>;
}

impl Part for Never {
    const NAME: Option<&'static str> = None;
}

impl Part for Text {
    const NAME: Option<&'static str> = Some("texts");
}

impl Part for Form<Ignored> {
    const NAME: Option<&'static str> = Some("patterns");
}

impl Part for Program {
    const NAME: Option<&'static str> = Some("`command` and `working_dir`");
}

impl Part for Each {
    const NAME: Option<&'static str> = Some("`file` or `query`");
}

impl Part for Migrations {
    const NAME: Option<&'static str> = Some("`dir` and more");
}

impl Part for Ignored {
    const NAME: Option<&'static str> = Some("`pattern`, `reason` and `until`");
}

impl<'de, M, L> Deserialize<'de> for Form<M, L>
where
    M: Deserialize<'de> + Part,
    L: Deserialize<'de> + Part,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found: Spanned<Raw<M, L>> = Spanned::deserialize(deserializer)?;
        Ok(match found.value.0 {
            Self::Text(text) => Self::Text(Text {
                at: span(&found.defined),
                used: span(&found.referenced).start,
                ..text
            }),
            other => other,
        })
    }
}

/// A form whose text does not know its place yet.
struct Raw<M, L>(Form<M, L>);

impl<'de, M, L> Deserialize<'de> for Raw<M, L>
where
    M: Deserialize<'de> + Part,
    L: Deserialize<'de> + Part,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Forms(PhantomData)).map(Self)
    }
}

struct Forms<M, L>(PhantomData<(M, L)>);

impl<'de, M, L> Visitor<'de> for Forms<M, L>
where
    M: Deserialize<'de> + Part,
    L: Deserialize<'de> + Part,
{
    type Value = Form<M, L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")?;
        if let Some(name) = L::NAME {
            write!(f, ", or a list of {name}")?;
        }
        if let Some(name) = M::NAME {
            write!(f, ", or keys: {name}")?;
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Form::Text(Text {
            value: text.to_owned(),
            at: 0..0,
            used: 0,
        }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        if L::NAME.is_none() {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        }
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Form::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        if M::NAME.is_none() {
            return Err(de::Error::invalid_type(de::Unexpected::Map, &self));
        }
        M::deserialize(MapAccessDeserializer::new(map)).map(Form::Full)
    }
}
