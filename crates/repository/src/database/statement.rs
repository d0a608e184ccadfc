//! Statements written out in SQL that are prepared once per connection.
//!
//! `diesel::sql_query` prepares its text anew at every call, which costs a round trip and a plan. This is the same for
//! texts that never vary: a `?` stands for each value, and the values are bound in that order.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};
use diesel::{PgConnection, QueryResult, RunQueryDsl};

/// The text of a statement up to its first value.
pub(crate) struct Statement {
    text: &'static str,
    rest: &'static str,
}

/// A statement with one more value, and the text up to the next.
pub(crate) struct Bind<S, T, V> {
    statement: S,
    value: V,
    text: &'static str,
    rest: &'static str,
    sql_type: PhantomData<T>,
}

/// Begins a statement. The text is made of names that the program states: values are bound, never written into it.
pub(crate) fn statement(text: &'static str) -> Statement {
    let (text, rest) = text.split_once('?').unwrap_or((text, ""));
    Statement { text, rest }
}

/// Binds the next value.
pub(crate) trait BindNext: Sized {
    /// The text that no value has reached yet.
    fn rest(&self) -> &'static str;

    /// Binds `value`, which PostgreSQL takes for a `T`.
    fn bind<T, V>(self, value: V) -> Bind<Self, T, V> {
        let rest = self.rest();
        let (text, rest) = rest.split_once('?').unwrap_or((rest, ""));
        Bind { statement: self, value, text, rest, sql_type: PhantomData }
    }
}

impl BindNext for Statement {
    fn rest(&self) -> &'static str {
        self.rest
    }
}

impl<S, T, V> BindNext for Bind<S, T, V> {
    fn rest(&self) -> &'static str {
        self.rest
    }
}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.text);
        Ok(())
    }
}

impl<S, T, V> QueryFragment<Pg> for Bind<S, T, V>
where
    S: QueryFragment<Pg>,
    Pg: HasSqlType<T>,
    V: ToSql<T, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.statement.walk_ast(out.reborrow())?;
        out.push_bind_param(&self.value)?;
        out.push_sql(self.text);
        Ok(())
    }
}

// Statements of different texts can have one Rust type, so the connection's cache must go by the text.
impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, T, V> QueryId for Bind<S, T, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl<S, T, V> Query for Bind<S, T, V> {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Statement {}
impl<S, T, V> RunQueryDsl<PgConnection> for Bind<S, T, V> {}
