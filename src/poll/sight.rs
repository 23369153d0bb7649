//! Whether an answer is the same as the last one: by its bytes, or else by its rows (`source/believe/rows.rs`).
//!
//! A page's clock, tokens and counters change its bytes and not its rows.

use std::fmt::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};

use super::Turn;
use crate::source::Page;

/// The digest of the answer as it came.
pub(super) fn of_answer(page: &Page) -> String {
    digest(&page.body, &(&page.url, &page.content_type, &page.content_language))
}

/// Whether an answer that is the same teaches nothing: it was read as it would be now, and no page behind its rows is owed
/// or due to be read again.
pub(super) fn may_be_skipped(turn: &Turn<'_>) -> bool {
    let state = &turn.lease.state;
    state.baseline_done
        && state.waiting.is_empty()
        && (turn.source().article.is_none() || state.articles_due.is_some_and(|due| turn.now < due))
        && turn.is_read_as_before()
}

fn digest(bytes: &[u8], more: &impl fmt::Debug) -> String {
    let mut context = Digest(Context::new(&SHA256));
    // Writing into a digest can't fail.
    let _ = write!(context, "{more:?}");
    context.0.update(bytes);
    let whole = context.0.finish();
    whole.as_ref()[..16].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Digest(Context);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
