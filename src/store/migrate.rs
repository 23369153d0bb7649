//! The numbered steps from an empty database to today's schema.
//!
//! Steps only add, so that two neighbouring versions of the program can work on one database. A step that was released
//! is never edited.

use super::StoreError;

/// The steps for SQLite; the first brings the schema to version 1.
pub(super) const SQLITE: &[&str] = &[include_str!("migrations/sqlite/0001_first.sql")];

/// The steps for PostgreSQL, as many as for SQLite.
pub(super) const POSTGRES: &[&str] = &[include_str!("migrations/postgres/0001_first.sql")];

/// The steps that a database at `version` still needs, each with the version it leads to.
///
/// # Errors
///
/// [`StoreError::Unusable`] when the database is of a newer program.
pub(super) fn missing<'a>(
    steps: &'a [&'static str],
    version: i64,
    store: &str,
) -> Result<impl Iterator<Item = (i64, &'static str)> + use<'a>, StoreError> {
    let known = steps.len();
    let done = usize::try_from(version).ok().filter(|done| *done <= known).ok_or_else(|| {
        StoreError::Unusable(format!(
            "{store} has schema version {version}, this gazetted knows versions up to {known}: run the newer gazetted \
             that wrote it, or restore a backup that this one made"
        ))
    })?;
    Ok((1..).zip(steps.iter().copied()).skip(done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_versions() {
        assert_eq!(SQLITE.len(), POSTGRES.len());
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let refused = missing(SQLITE, 999, "the store").err().expect("a refusal");
        assert!(refused.to_string().contains("999"), "{refused}");
    }
}
