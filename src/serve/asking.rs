//! Mails that a stranger causes: decided behind the answer, so that the answer takes the same time whatever is known of an
//! address.

use std::sync::Arc;

use aws_lc_rs::rand;
use tokio::sync::Semaphore;

use super::{Mailing, routes::House, store::in_time};
use crate::{
    delivery::Occasion,
    store::{Asking, StoreError},
    subscription::{Address, Hears, Receiver, ReceiverId, Request, Tokens, hash},
};

/// So many are decided at a time; whoever comes then waits for the answer.
const AT_A_TIME: usize = 64;

/// What is being decided.
#[derive(Debug)]
pub(super) struct Desk {
    room: Arc<Semaphore>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    /// Sees to `work` behind the answer.
    pub(super) async fn see_to(&self, work: impl Future<Output = Result<(), StoreError>> + Send + 'static) {
        let place = Arc::clone(&self.room).acquire_owned().await;
        tokio::spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!("what somebody asked for could not be kept: {error}");
            }
            drop(place);
        });
    }

    /// Waits until nothing is being decided.
    pub(super) async fn is_clear(&self) {
        let all = u32::try_from(AT_A_TIME).unwrap_or(u32::MAX);
        let _ = self.room.acquire_many(all).await;
    }
}

/// Asks the owner of an address whether `request` is meant, within all limits.
pub(super) async fn confirm(
    house: Arc<House>,
    mailing: Arc<Mailing>,
    network: Option<String>,
    request: Request,
) -> Result<(), StoreError> {
    if !mailing.writes_to(&request.address) {
        return Ok(());
    }
    let occasion = Occasion::Confirmation {
        request: request.id.clone(),
    };
    let asking = Asking {
        receiver: request.receiver(),
        request: Some(request.clone()),
        ..asking(&house, request.id, &request.address, occasion, network)
    };
    ask(&house, &mailing, asking).await
}

/// Sends the reader at `address` the link to their own page, when there is one, within all limits.
pub(super) async fn link(
    house: Arc<House>,
    mailing: Arc<Mailing>,
    network: Option<String>,
    address: Address,
    language: &'static str,
) -> Result<(), StoreError> {
    let Some(row) = in_time(house.serve.store.receiver(&ReceiverId::mail(&address))).await? else {
        return Ok(());
    };
    let Some(id) = fresh_id() else { return Ok(()) };
    let occasion = Occasion::Link {
        edition: row.receiver.edition,
    };
    let mut asking = asking(&house, id, &address, occasion, network);
    if let crate::subscription::Channel::Mail { language: own, .. } = &mut asking.receiver.channel {
        language.clone_into(own);
    }
    ask(&house, &mailing, asking).await
}

/// Names a request: 136 random bits. `None` when the system has none.
pub(super) fn fresh_id() -> Option<String> {
    let mut bytes = [0; 17];
    rand::fill(&mut bytes).ok()?;
    Some(Tokens::named(&bytes))
}

async fn ask(house: &House, mailing: &Mailing, asking: Asking) -> Result<(), StoreError> {
    let is_kept = in_time(house.serve.store.ask(&asking, &mailing.limits)).await?;
    house.serve.metrics.asked(is_kept);
    if !is_kept {
        tracing::debug!(
            "a mail that somebody asked for is not sent: there were too many, or its owner never wants one"
        );
    }
    Ok(())
}

fn asking(house: &House, id: String, address: &Address, occasion: Occasion, network: Option<String>) -> Asking {
    let tokens = &house.serve.tokens;
    let channel = crate::subscription::Channel::Mail {
        address: address.clone(),
        language: "en".to_owned(),
    };
    let receiver = Receiver {
        hears: Hears::Nothing,
        ..Receiver::new(ReceiverId::asked(&id, address.domain()), channel)
    };
    Asking {
        unsubscribe_hash: hash(&tokens.unsubscribe(&receiver.id)),
        receiver,
        token_hash: hash(&tokens.confirm(&id)),
        id,
        request: None,
        occasion,
        address: tokens.address(address),
        mailbox: tokens.mailbox(address),
        domain: address.domain().to_owned(),
        network,
        now: house.serve.clock.now(),
    }
}
