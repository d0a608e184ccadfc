//! Where the database is, and what opens it.

use anyhow::{Context as _, anyhow, ensure};
use repository::codec::KeyRing;
use repository::ops::{query, roles};
use repository::{Address, PoolOptions};
use runtime::{Settings, Target};

use crate::context::PROGRAM;

/// The database that a command works on. Other than for the service, a missing key is an error only where it is needed.
pub(crate) struct Place {
    pub(crate) settings: Settings,
    url: Address,
    admin_url: Address,
    reader_url: Address,
    writer_url: Address,
    target: runtime::Result<Target>,
}

impl Place {
    pub(crate) fn find(mut settings: Settings) -> anyhow::Result<Self> {
        if settings.database.transaction_pooler {
            // Commands keep what they need in a session, which such a pooler shares out among all its clients.
            let direct = settings.database.direct_url.clone();
            ensure!(
                settings.database.url.is_none() || direct.is_some(),
                "DATABASE_POOLER=transaction: commands need a way around the pooler, so set DATABASE_DIRECT_URL too"
            );
            settings.database.url = direct;
        }
        let given = &settings.database;
        let (url, admin_url, reader_url, writer_url, target) = match (&given.url, Target::find(&settings)) {
            (None, Err(error)) => return Err(error.into()),
            (None, Ok(target)) => {
                let Target { url, admin_url, reader_url, writer_url, .. } = &target;
                (url.clone(), admin_url.clone(), reader_url.clone(), writer_url.clone(), Ok(target))
            }
            (Some(url), target) => (
                url.clone(),
                given.admin_url.as_ref().unwrap_or(url).clone(),
                given.reader_url.clone(),
                given.writer_url.clone(),
                target,
            ),
        };
        let reader_url = reader_url.unwrap_or_else(|| query::address_for("strongroom_reader", &url));
        let writer_url = writer_url.unwrap_or_else(|| query::address_for("strongroom_writer", &url));
        Ok(Self { url, admin_url, reader_url, writer_url, target, settings })
    }

    /// For the service.
    pub(crate) fn url(&self) -> &Address {
        &self.url
    }

    /// For who migrates.
    pub(crate) fn admin_url(&self) -> &Address {
        &self.admin_url
    }

    /// For `query`.
    pub(crate) fn reader_url(&self) -> &Address {
        &self.reader_url
    }

    /// For `query --write`.
    pub(crate) fn writer_url(&self) -> &Address {
        &self.writer_url
    }

    /// For `query --write --ddl`. The embedded PostgreSQL is prepared by its superuser, who may do more than that.
    pub(crate) fn definer_url(&self) -> Address {
        match self.is_embedded() {
            true => query::address_for("strongroom_migrator", &self.admin_url),
            false => self.admin_url.clone(),
        }
    }

    /// Whether it is the embedded PostgreSQL.
    pub(crate) fn is_embedded(&self) -> bool {
        self.target.as_ref().is_ok_and(Target::is_embedded)
    }

    /// The encryption keys.
    pub(crate) fn keys(&self) -> anyhow::Result<&KeyRing> {
        self.target.as_ref().map(|target| &target.keys).map_err(|error| anyhow!("{error}"))
    }

    /// The encryption keys, where there are any. Keys that are given but wrong are an error all the same.
    pub(crate) fn keys_if_given(&self) -> anyhow::Result<Option<&KeyRing>> {
        match &self.target {
            Err(runtime::Error::NoKey) => Ok(None),
            _ => self.keys().map(Some),
        }
    }

    /// The pool as the service has it.
    pub(crate) fn pool_options(&self) -> PoolOptions {
        let database = &self.settings.database;
        PoolOptions {
            application_name: PROGRAM.to_owned(),
            size: database.pool_size,
            max_overflow: database.max_overflow,
            timeout: database.pool_timeout,
            recycle: database.pool_recycle,
            statement_timeout: database.statement_timeout,
            lock_timeout: database.lock_timeout,
            echo: self.settings.log.statements,
            ..PoolOptions::new(self.url())
        }
    }

    /// Makes database and roles of the embedded PostgreSQL, which nobody else would make. On a server of the user's
    /// that is what `init` is for.
    pub(crate) fn prepare_if_embedded(&self) -> anyhow::Result<()> {
        if self.is_embedded() {
            roles::prepare(self.admin_url()).context("the embedded PostgreSQL could not be prepared")?;
        }
        Ok(())
    }
}
