//! `gazetted check`

use super::{ConfigArgument, check_deep, terminal::say};
use crate::config::{self, Email};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Also tries what can be tried without asking anybody: says how many selectors, expressions, paths and templates there
    /// are, and writes a sample mail.
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) fn check(arguments: Arguments) -> anyhow::Result<()> {
    let (path, config) = config::load(arguments.config.config.as_deref())?;
    say(format_args!(
        "{} is right: {}, {}, {}.",
        path.display(),
        count(config.sources.len(), "source"),
        count(config.subscribers.len(), "subscriber"),
        count(config.webhooks.len(), "webhook"),
    ))?;
    if let Some(email) = &config.email {
        say_who_signs(email)?;
    }
    if arguments.deep {
        check_deep::check(&config)?;
    }
    Ok(())
}

/// What has to stand in the DNS for each key that signs mails, as a zone file has it.
fn say_who_signs(email: &Email) -> anyhow::Result<()> {
    for signer in email.signers.iter() {
        let texts: Vec<String> = signer.record()?.iter().map(|text| format!("\"{text}\"")).collect();
        say(format_args!(
            "Mails are signed with {}, which receivers check by this record of the DNS:\n{}. IN TXT ( {} )",
            signer.algorithm().name(),
            signer.record_name(),
            texts.join(" "),
        ))?;
        let (from, domain) = (email.from.domain(), signer.domain());
        let is_aligned = from == domain || from.ends_with(&format!(".{domain}"));
        if !is_aligned {
            say(format_args!(
                "note: DMARC does not count what {domain} signs for mails from {from}"
            ))?;
        }
    }
    Ok(())
}

/// "1 source", "2 sources".
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
