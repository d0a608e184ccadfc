//! What can be told of a statement by its text alone. Rights decide what it can do; this is for better messages, and keeps
//! away those few statements that need no right, such as a role giving up its own.

/// Words that a statement begins with that can only read.
const READING: [&str; 4] = ["select", "values", "table", "with"];

/// Words that a statement begins with that changes rows.
const WRITING: [&str; 4] = ["insert", "update", "delete", "merge"];

/// The statement without the semicolons that people end it with.
pub(super) fn bare(sql: &str) -> &str {
    sql.trim_end_matches(|letter: char| letter == ';' || letter.is_whitespace())
}

/// Whether a statement begins as one that reads. Whether it changes something all the same is up to the reader's rights.
pub fn reads(sql: &str) -> bool {
    READING.contains(&first_word(sql).as_str())
}

/// Whether a statement reads rows or changes them, and defines nothing.
pub fn concerns_rows(sql: &str) -> bool {
    reads(sql) || WRITING.contains(&first_word(sql).as_str())
}

/// The word that says what kind of statement it is, in small letters; what stands before it PostgreSQL skips too.
fn first_word(sql: &str) -> String {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter == '(' || letter.is_ascii_whitespace());
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once(['\n', '\r']).map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = after_comment(comment);
        } else {
            return rest.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        }
    }
}

/// What follows a comment that has begun. Comments nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 1;
    let mut rest = text;
    while depth > 0 && !rest.is_empty() {
        let skipped = if let Some(inner) = rest.strip_prefix("/*") {
            depth += 1;
            inner
        } else if let Some(outer) = rest.strip_prefix("*/") {
            depth -= 1;
            outer
        } else {
            let mut letters = rest.chars();
            letters.next();
            letters.as_str()
        };
        rest = skipped;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_at_the_end_are_not_part_of_a_statement() {
        assert_eq!(bare("SELECT 1 ; \n;"), "SELECT 1");
        assert_eq!(bare("SELECT ';'"), "SELECT ';'");
    }

    #[test]
    fn the_first_word_is_found_behind_comments_and_parentheses() {
        for (sql, word) in [
            ("SELECT 1", "select"),
            (" \n((Values (1)))", "values"),
            ("-- SELECT\nDROP TABLE x", "drop"),
            ("-- SELECT\rDROP TABLE x --\nSELECT 1", "drop"),
            ("/* SELECT /* nested */ */ DROP TABLE x", "drop"),
            ("/*/ SELECT */ DROP TABLE x", "drop"),
            ("/* SELECT 1", ""),
            ("--", ""),
            ("", ""),
            ("\u{a0}SELECT 1", ""),
        ] {
            assert_eq!(first_word(sql), word, "{sql}");
        }
        assert!(reads("with x as (select 1) table x") && !reads("update x set y = 1"));
        assert!(concerns_rows("MERGE INTO x") && !concerns_rows("TRUNCATE x") && !concerns_rows("DO $$ $$"));
    }
}
