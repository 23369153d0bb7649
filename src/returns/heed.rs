//! From a message that came back to what is recorded of it.

use aws_lc_rs::digest;
use tracing::debug;

use super::Returns;
use crate::{
    bounce::{self, Failure, Returned, Says},
    delivery::Blame,
    dispatch,
    store::StoreError,
};

/// What an address of ours is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ours {
    /// The return path of a delivery.
    Bounce(i64),
    /// Whoever writes there leaves; the hash of the token of their mails.
    Leave([u8; 32]),
}

impl Returns {
    /// Whether mail to `address` is taken: one that was ours to give, or the one that feedback loops are told.
    pub(super) fn takes(&self, address: &str) -> bool {
        let (local, domain) = address.rsplit_once('@').unwrap_or_default();
        let is_for_all = local.eq_ignore_ascii_case("complaints") && domain.eq_ignore_ascii_case(&self.domain);
        is_for_all || self.ours(address).is_some()
    }

    /// What `address` is for; `None` when it is not ours, or was made up.
    pub(super) fn ours(&self, address: &str) -> Option<Ours> {
        let address = address.to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        if domain != self.domain {
            return None;
        }
        let (purpose, token) = local.split_once('+')?;
        match purpose {
            "bounce" => self.ids.returned(token).map(Ours::Bounce),
            "unsubscribe" if (16..=64).contains(&token.len()) => {
                let mut hash = [0; 32];
                hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
                Some(Ours::Leave(hash))
            }
            _ => None,
        }
    }

    /// Records what `message` says, which came to `envelope`, or, where nobody knows, to those that its own headers name.
    ///
    /// # Errors
    ///
    /// When the store fails: then the message is to be read again.
    pub(super) async fn heed(&self, envelope: &[String], message: Vec<u8>) -> Result<(), StoreError> {
        let read = tokio::task::spawn_blocking(move || bounce::read(&message)).await;
        // What makes the reader fail says nothing.
        let Ok(returned) = read else { return Ok(()) };
        let to = if envelope.is_empty() { &returned.to } else { envelope };
        let to: Vec<Ours> = to.iter().filter_map(|address| self.ours(address)).collect();
        match &returned.says {
            Says::Failed { failure, why } => {
                let blame = match failure {
                    Failure::Hard => Blame::Hard,
                    Failure::Soft => Blame::Soft,
                };
                self.strike(&to, blame, why).await
            }
            Says::Complaint => {
                let about = about(self, &returned);
                self.strike(&[to, about.clone()].concat(), Blame::Complaint, "a complaint")
                    .await?;
                self.leave(&about, "a complaint came in about a mail").await
            }
            Says::Letter => self.leave(&to, "unsubscribed by mail").await,
            Says::Nothing => {
                debug!("a message came back that says nothing");
                Ok(())
            }
        }
    }

    /// Holds a failure against the delivery whose return path it came to. One that came to several is about none.
    async fn strike(&self, to: &[Ours], blame: Blame, why: &str) -> Result<(), StoreError> {
        let deliveries = to.iter().filter_map(|ours| match ours {
            Ours::Bounce(delivery) => Some(*delivery),
            Ours::Leave(_) => None,
        });
        let mut deliveries: Vec<i64> = deliveries.collect();
        deliveries.sort_unstable();
        deliveries.dedup();
        if let [delivery] = deliveries[..] {
            dispatch::strike(&self.store, delivery, blame, why, self.clock.now()).await?;
        }
        Ok(())
    }

    async fn leave(&self, to: &[Ours], why: &str) -> Result<(), StoreError> {
        for ours in to {
            let Ours::Leave(hash) = ours else { continue };
            if let Some(row) = self.store.receiver_by_token(hash).await? {
                self.store
                    .stop_receiver(&row.receiver.id, why, self.clock.now())
                    .await?;
            }
        }
        Ok(())
    }
}

/// The addresses of ours that the mail had of which `returned` speaks.
fn about(returns: &Returns, returned: &Returned) -> Vec<Ours> {
    returned
        .about
        .iter()
        .filter_map(|address| returns.ours(address))
        .collect()
}
