//! What is known of each table, stated once.
//!
//! Every module of a table has a [`Table`] as `TABLE`, and its [`System`](crate::System) lists it. Guards, the audit log,
//! row security, erasure, cleanup, statistics and key verification read it; a guard test compares it with the database's
//! own catalogue.

use codec::Column;
use domain::pii::{Pii, PiiKind};

use crate::retention::Rule;

/// What the shared machinery knows of a table.
#[derive(Debug)]
pub struct Table {
    /// PostgreSQL schema, which is the system's name: `split`.
    pub schema: &'static str,
    /// Name inside the schema: `contacts`.
    pub name: &'static str,
    /// What one row is called in errors: `contact`.
    pub noun: &'static str,
    /// The column of the primary key.
    pub key: &'static str,
    /// Which rows an end user reaches.
    pub access: Access,
    /// What an end user may do to those rows.
    pub end_users_may: &'static [Verb],
    /// Columns of type `platform.sealed`, and arrays of JSON with sealed fields.
    pub sealed: &'static [SealedColumn],
    /// Text and JSON that is stored in clear, each column with what it tells whoever reads the database.
    pub clear: &'static [(&'static str, &'static str)],
    /// Text columns that hold closed sets, whose values the audit log may show.
    pub enums: &'static [&'static str],
    /// Columns of type FLOAT8. They travel as numbers, where decimals are strings.
    pub floats: &'static [&'static str],
    /// Whether every change raises `row_version`, which is the `ETag`.
    pub versioned: bool,
    /// Whether rows are deleted by setting `deleted_at`, and purged later.
    pub soft_delete: bool,
    /// What of its changes the audit log records.
    pub audit: Audit,
    /// Which of its rows are deleted for good, and when.
    pub retention: &'static [Rule],
    /// By what its rows are counted in statistics.
    pub breakdowns: &'static [Breakdown],
}

/// Something that rows are counted by. Rows that are deleted and not purged yet do not count.
#[derive(Debug)]
pub struct Breakdown {
    /// What it is called in statistics.
    pub name: &'static str,
    /// SQL for the text by which the row `t` is counted.
    pub(crate) value: &'static str,
}

impl Breakdown {
    /// Counts rows by a text that SQL makes from the row `t`.
    pub const fn new(name: &'static str, value: &'static str) -> Self {
        Self { name, value }
    }
}

/// Which rows of a table an end user reaches, by row security.
#[derive(Debug)]
pub enum Access {
    /// None: the table is for programs.
    Programs,
    /// Rows whose column of this name holds the user's id.
    Owner(&'static str),
    /// Rows whose text column of this name holds the actor, as the audit log names the user.
    Actor(&'static str),
    /// Rows whose column of this name holds the key of a row of another table that the user reaches.
    Parent(&'static str, &'static Table),
    /// All rows, to read them: programs write.
    Catalogue,
    /// Rows whose column of this name holds the user's id; and, to read them, rows where it is null.
    Shared(&'static str),
}

/// What a role may do to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Read them.
    Select,
    /// Store new ones.
    Insert,
    /// Change them.
    Update,
    /// Remove them for good.
    Delete,
}

impl Verb {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Select, Self::Insert, Self::Update, Self::Delete];

    /// The keyword in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A column whose values, or whose elements' fields, are envelopes.
#[derive(Debug)]
pub struct SealedColumn {
    /// The column's name.
    pub name: &'static str,
    /// The form of a value that the companion `<column>_bidx` is computed over, where there is one.
    pub(crate) index_form: Option<fn(String) -> String>,
    /// Whether the values are JSON.
    pub(crate) is_json: bool,
    /// The companion that holds the word indexes of a value, where there is one.
    pub(crate) words: Option<&'static str>,
    /// Where the column is an array of JSON objects: what of them is sealed.
    pub elements: Option<SealedElements>,
}

/// Which fields of the objects in a JSON array are envelopes, in base64.
#[derive(Debug)]
pub struct SealedElements {
    /// The fields, where an object has them.
    pub fields: &'static [&'static str],
    /// The column whose id they are bound to. Not the table's key, so that an object can move to another row.
    pub bound_to: &'static str,
}

impl SealedColumn {
    /// A column that nothing is looked up by.
    pub const fn new(name: &'static str) -> Self {
        Self { name, index_form: None, is_json: false, words: None, elements: None }
    }

    /// A column of JSON.
    pub const fn json(name: &'static str) -> Self {
        Self { is_json: true, ..Self::new(name) }
    }

    /// A `JSONB` column that holds an array of objects of which these fields are sealed, bound to the id in `bound_to`.
    pub const fn elements(
        name: &'static str,
        fields: &'static [&'static str],
        bound_to: &'static str,
    ) -> Self {
        Self { elements: Some(SealedElements { fields, bound_to }), ..Self::new(name) }
    }

    /// A column of values of kind `K` with a companion `<column>_bidx` for look-up.
    pub const fn indexed<K: PiiKind>(name: &'static str) -> Self {
        Self { index_form: Some(|value| Pii::<K>::from_trusted(value).index_form()), ..Self::new(name) }
    }

    /// The same column, whose texts are searched by the word indexes in the column `words`.
    #[must_use]
    pub const fn searched_by(self, words: &'static str) -> Self {
        Self { words: Some(words), ..self }
    }

    /// Whether the values are JSON.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether there is a companion `<column>_bidx`.
    pub fn is_indexed(&self) -> bool {
        self.index_form.is_some()
    }
}

/// What the audit log records of a table.
#[derive(Debug, PartialEq, Eq)]
pub enum Audit {
    /// Every change, except one that touches only these columns.
    Changes {
        /// Columns whose change alone is not worth a row.
        ignored: &'static [&'static str],
    },
    /// Nothing, for this reason.
    Nothing(&'static str),
}

impl Table {
    /// A table of programs that is found by `id`, where every change is audited and nothing else is special: what differs
    /// is named by struct update.
    ///
    /// ```
    /// use strongroom_repository::{SealedColumn, Table};
    ///
    /// const TABLE: Table = Table {
    ///     sealed: &[SealedColumn::new("answer")],
    ///     ..Table::new("scratch", "riddles", "riddle")
    /// };
    /// assert_eq!((TABLE.qualified_name().as_str(), TABLE.key), ("scratch.riddles", "id"));
    /// ```
    pub const fn new(schema: &'static str, name: &'static str, noun: &'static str) -> Self {
        Self {
            schema,
            name,
            noun,
            key: "id",
            access: Access::Programs,
            end_users_may: &[],
            sealed: &[],
            clear: &[],
            enums: &[],
            floats: &[],
            versioned: false,
            soft_delete: false,
            audit: Audit::Changes { ignored: &[] },
            retention: &[],
            breakdowns: &[],
        }
    }

    /// A table with versions whose rows are deleted by setting `deleted_at`, and can be restored.
    pub const fn root(schema: &'static str, name: &'static str, noun: &'static str) -> Self {
        Self { versioned: true, soft_delete: true, ..Self::new(schema, name, noun) }
    }

    /// The table's name with its schema: `split.contacts`.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// One of the sealed columns, as the codec names it.
    ///
    /// # Panics
    ///
    /// If the table has no such sealed column. In a `const` that is a compile error.
    pub const fn column(&self, name: &'static str) -> Column {
        assert!(has_column(self.sealed, name), "the table's `sealed` names the column");
        Column::new(self.schema, self.name, name)
    }

    /// The places of this table whose values are sealed, as the codec names them.
    pub fn sealed_columns(&self) -> impl Iterator<Item = Column> + '_ {
        self.sealed.iter().map(|column| self.column(column.name))
    }

    /// SQL for whether the row `alias` belongs to the user whose id is `$1`; none where rows belong to nobody.
    pub(crate) fn owner_is(&self, alias: &str) -> Option<String> {
        match self.access {
            Access::Programs | Access::Catalogue | Access::Actor(_) => None,
            Access::Owner(column) | Access::Shared(column) => Some(format!("{alias}.{column} = $1")),
            Access::Parent(column, parent) => {
                let (name, key, is_owned) =
                    (parent.qualified_name(), parent.key, parent.owner_is(parent.name)?);
                Some(format!("{alias}.{column} IN (SELECT {key} FROM {name} WHERE {is_owned})"))
            }
        }
    }

    /// SQL for the id of the user who owns the row `alias`; none where no column holds it.
    ///
    /// ```
    /// use strongroom_repository::split;
    ///
    /// assert_eq!(split::contacts::TABLE.owner_of("t").as_deref(), Some("t.user_id"));
    /// ```
    pub fn owner_of(&self, alias: &str) -> Option<String> {
        match self.access {
            Access::Programs | Access::Catalogue | Access::Actor(_) => None,
            Access::Owner(column) | Access::Shared(column) => Some(format!("{alias}.{column}")),
            Access::Parent(column, parent) => {
                let owner = parent.owner_of(parent.name)?;
                let (name, key) = (parent.qualified_name(), parent.key);
                Some(format!("(SELECT {owner} FROM {name} WHERE {}.{key} = {alias}.{column})", parent.name))
            }
        }
    }
}

const fn has_column(mut columns: &[SealedColumn], name: &str) -> bool {
    while let [column, rest @ ..] = columns {
        if is_same(column.name.as_bytes(), name.as_bytes()) {
            return true;
        }
        columns = rest;
    }
    false
}

const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, one_rest @ ..], [b, other_rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}
