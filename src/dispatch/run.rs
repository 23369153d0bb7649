//! The loops: fan out what was announced, send what is due, over and over, until told to stop.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use super::{
    Dispatch,
    fan_out::fan_out,
    lane::Side,
    render::{Prepared, prepare},
};
use crate::{
    delivery::{Delivery, Fate},
    ops::{Doorbell, Pulse},
    store::{Lane, Settlement, StoreError},
};

/// How long a worker may take for what it leased: longer than the longest wait for a relay's answer.
const LEASE: Duration = Duration::from_secs(900);

/// How long a loop sleeps at most.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// How long sends that are under way may go on when the daemon stops.
const DRAIN: Duration = Duration::from_secs(25);

/// Fans out and sends until `stop` is cancelled, then lets what is under way end.
pub async fn run(dispatch: Dispatch, pulse: Pulse, stop: CancellationToken) {
    let (mail, hooks) = (Doorbell::default(), Doorbell::default());
    let lanes = [(Lane::Mail, mail.clone()), (Lane::Webhook, hooks.clone())];
    let mut sides = JoinSet::new();
    for (lane, owed) in lanes {
        if lane == Lane::Webhook || dispatch.mail.is_some() {
            sides.spawn(serve_lane(
                Arc::new(Side::new(dispatch.clone(), lane)),
                owed,
                stop.clone(),
            ));
        }
    }
    while !stop.is_cancelled() {
        pulse.beat();
        let worked = fan_out(&dispatch).await.unwrap_or_else(|error| {
            error!("can't fan out: {error}");
            false
        });
        if worked {
            mail.ring();
            hooks.ring();
        } else {
            tokio::select! {
                () = stop.cancelled() => {}
                () = dispatch.told.rung() => {}
                () = tokio::time::sleep(LONGEST_SLEEP) => {}
            }
        }
    }
    while sides.join_next().await.is_some() {}
}

/// Fans out and sends what is due now, once, and returns when nothing is.
///
/// # Errors
///
/// When the store fails.
pub async fn deliver_due(dispatch: &Dispatch) -> Result<(), StoreError> {
    while fan_out(dispatch).await? {}
    for lane in [Lane::Mail, Lane::Webhook] {
        if lane == Lane::Mail && dispatch.mail.is_none() {
            continue;
        }
        let side = Arc::new(Side::new(dispatch.clone(), lane));
        let mut under_way = JoinSet::new();
        while side.resting_until().is_none() && begin(&side, &mut under_way).await? {
            while under_way.join_next().await.is_some() {}
        }
        side.hang_up().await;
    }
    Ok(())
}

async fn serve_lane(side: Arc<Side>, owed: Doorbell, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    while !stop.is_cancelled() {
        let begun = match side.resting_until() {
            Some(_) => false,
            None => begin(&side, &mut under_way).await.unwrap_or_else(|error| {
                error!("can't look for deliveries that are due: {error}");
                false
            }),
        };
        if begun && side.room() > 0 {
            continue;
        }
        if under_way.is_empty() {
            side.hang_up().await;
        }
        let sleep = until_next(&side).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = owed.rung() => {}
            () = tokio::time::sleep(sleep) => {}
            Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
        }
    }
    let ending = async { while under_way.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, ending).await.is_err() {
        debug!("what is still being sent is left to the next start");
    }
    side.hang_up().await;
}

/// Leases, renders and begins to send as much as there is room for; `false` when nothing was due.
async fn begin(side: &Arc<Side>, under_way: &mut JoinSet<()>) -> Result<bool, StoreError> {
    let room = side.room();
    if room == 0 {
        return Ok(false);
    }
    let store = &side.dispatch.store;
    let leased = store
        .lease_deliveries(side.lane, side.dispatch.clock.now(), LEASE, room)
        .await?;
    if leased.is_empty() {
        return Ok(false);
    }
    let (prepared, fates) = prepare(&side.dispatch, leased).await?;
    for (delivery, fate) in fates {
        settle(side, &delivery, fate).await;
    }
    let mut prepared = prepared.into_iter().map(|one| (one, side.place())).peekable();
    while prepared.peek().is_some() {
        let row: Vec<_> = prepared.by_ref().take(side.in_a_row()).collect();
        let side = Arc::clone(side);
        under_way.spawn(async move {
            for (one, _place) in row {
                send(&side, one).await;
            }
        });
    }
    Ok(true)
}

async fn send(side: &Side, one: Prepared) {
    let fate = side.deliver(&one, chance()).await;
    settle(side, &one.delivery, fate).await;
}

/// Records a fate. When that fails, the lease runs out and the delivery is sent again, with the same id and bytes.
async fn settle(side: &Side, delivery: &Delivery, fate: Fate) {
    let settlement = Settlement {
        id: delivery.id,
        fence: delivery.fence,
        fate,
        now: side.dispatch.clock.now(),
    };
    match side.dispatch.store.settle(&[settlement]).await {
        Ok(_) => {}
        Err(error) => error!(
            delivery = delivery.id,
            "what became of it could not be recorded: {error}"
        ),
    }
}

async fn until_next(side: &Side) -> Duration {
    if let Some(until) = side.resting_until() {
        let rest = Duration::try_from(until.duration_since(side.dispatch.clock.now())).unwrap_or_default();
        return rest.clamp(Duration::from_millis(20), LONGEST_SLEEP);
    }
    if side.room() == 0 {
        return LONGEST_SLEEP;
    }
    let next = side.dispatch.store.next_due_delivery(side.lane).await.ok().flatten();
    let wait = next.map(|next| Duration::try_from(next.duration_since(side.dispatch.clock.now())).unwrap_or_default());
    wait.unwrap_or(LONGEST_SLEEP)
        .clamp(Duration::from_millis(20), LONGEST_SLEEP)
}

/// A number in 0..1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the waits are merely not spread.
    let _ = rand::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
