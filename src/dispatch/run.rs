//! The loops: fan out what was announced, send what is due, over and over, until told to stop.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{
    Dispatch,
    fan_out::fan_out,
    hub,
    lane::{Place, Side},
    mailing::Mailing,
    render::{Prepared, prepare},
};
use crate::{
    delivery::{Delivery, Fate},
    ops::{Doorbell, Outage, Pulse, chance},
    store::{Lane, Settlement, StoreError},
};

/// How long a worker may take for what it leased: longer than the slowest relay takes for one message.
pub(super) const LEASE: Duration = Duration::from_secs(1_800);

/// How long a loop sleeps at most.
pub(super) const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// The waits between tries to record what became of a delivery: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long sends that are under way may go on when the daemon stops.
pub(super) const DRAIN: Duration = Duration::from_secs(25);

/// Fans out and sends until `stop` is cancelled, then lets what is under way end. Returns earlier only when one of the
/// loops has failed, or the store can't be used any more.
pub async fn run(dispatch: Dispatch, pulse: Pulse, stop: CancellationToken) {
    // One loop that ends takes the other with it.
    let stop = stop.child_token();
    let (mail, hooks, pushes) = (Doorbell::default(), Doorbell::default(), Doorbell::default());
    let mut sides = JoinSet::new();
    if let Some(mailing) = Mailing::new(Arc::new(Side::new(dispatch.clone(), Lane::Mail))) {
        sides.spawn(mailing.serve(mail.clone(), stop.clone()));
    }
    for (lane, owed) in [(Lane::Webhook, hooks.clone()), (Lane::Hub, pushes.clone())] {
        let side = Arc::new(Side::new(dispatch.clone(), lane));
        sides.spawn(serve_lane(side, owed, stop.clone()));
    }
    sides.spawn(hub::run(dispatch.clone(), pushes, stop.clone()));
    let mut outage = Outage::of("fan out what was announced");
    while !stop.is_cancelled() {
        if sides.try_join_next().is_some() {
            error!("a loop that sends has failed inside the program; please report this");
            stop.cancel();
            break;
        }
        pulse.beat();
        let going_on = || {
            pulse.beat();
            // The first may be told before the last are found.
            mail.ring();
            hooks.ring();
            !stop.is_cancelled()
        };
        let fanned_out = fan_out(&dispatch, &going_on).await;
        if let Err(unusable @ StoreError::Unusable(_)) = &fanned_out {
            error!("{unusable}");
            stop.cancel();
            break;
        }
        if outage.heed(fanned_out).unwrap_or(false) {
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
    while fan_out(dispatch, &|| true).await? {}
    hub::see_to(dispatch).await?;
    if let Some(mailing) = Mailing::new(Arc::new(Side::new(dispatch.clone(), Lane::Mail))) {
        mailing.once().await?;
    }
    for lane in [Lane::Webhook, Lane::Hub] {
        let side = Arc::new(Side::new(dispatch.clone(), lane));
        let mut under_way = JoinSet::new();
        while begin(&side, &mut under_way).await? {
            while under_way.join_next().await.is_some() {}
        }
    }
    Ok(())
}

async fn serve_lane(side: Arc<Side>, owed: Doorbell, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    let mut outage = Outage::of("look for deliveries that are due");
    while !stop.is_cancelled() {
        while under_way.try_join_next().is_some() {}
        let begun = match side.wants_more() {
            true => outage.heed(begin(&side, &mut under_way).await),
            false => Some(false),
        };
        if begun == Some(true) {
            continue;
        }
        let sleep = match begun {
            Some(_) if side.wants_more() => until_next(&side, &side.busy()).await,
            Some(_) => LONGEST_SLEEP,
            None => LONGEST_SLEEP,
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = owed.rung() => {}
            () = tokio::time::sleep(sleep) => {}
            Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
        }
    }
    let ending = async { while under_way.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, ending).await.is_err() {
        debug!("what is still being posted is left to the next start");
    }
}

/// Leases, renders and begins to send as much as there is room for; `false` when nothing was due.
async fn begin(side: &Arc<Side>, under_way: &mut JoinSet<()>) -> Result<bool, StoreError> {
    let room = side.room();
    if room == 0 {
        return Ok(false);
    }
    let store = &side.dispatch.store;
    let leased = store
        .lease_deliveries(side.lane, side.now(), LEASE, room, &side.busy())
        .await?;
    if leased.is_empty() {
        return Ok(false);
    }
    let (mut places, mut taken, mut fates) = (Vec::new(), Vec::new(), Vec::new());
    for delivery in leased {
        match side.place(&delivery) {
            Ok(place) => {
                places.push((delivery.id, place));
                taken.push(delivery);
            }
            Err(at) => fates.push((delivery, Fate::Untried { at })),
        }
    }
    let (prepared, ended) = prepare(&side.dispatch, taken).await;
    fates.extend(ended);
    settle(side, fates).await;
    for one in prepared {
        let Some(nth) = places.iter().position(|(id, _)| *id == one.delivery.id) else {
            continue;
        };
        let (side, place) = (Arc::clone(side), places.swap_remove(nth).1);
        under_way.spawn(async move { send(&side, one, place).await });
    }
    Ok(true)
}

async fn send(side: &Side, one: Prepared, place: Place) {
    let sending = AssertUnwindSafe(side.post(&one, &place, chance())).catch_unwind();
    let fate = sending.await.unwrap_or_else(|_| {
        error!(
            delivery = one.delivery.id,
            "sending it failed inside the program; please report this"
        );
        side.after_panic(&one.delivery, chance())
    });
    settle(side, vec![(one.delivery, fate)]).await;
}

/// Records fates. A store that can't take them now is asked again as long as the leases last, as a mail that was accepted
/// would be sent again otherwise: with the same id and bytes, but seen twice.
pub(super) async fn settle(side: &Side, fates: Vec<(Delivery, Fate)>) {
    let Some(lease_until) = fates.iter().map(|(delivery, _)| delivery.lease_until).min() else {
        return;
    };
    let now = side.now();
    let settlements: Vec<_> = fates
        .into_iter()
        .map(|(delivery, fate)| Settlement {
            id: delivery.id,
            fence: delivery.fence,
            fate,
            now,
        })
        .collect();
    let mut pause = FIRST_PAUSE;
    loop {
        match side.dispatch.store.settle(&settlements).await {
            Ok(_) => return,
            Err(error @ StoreError::Failed { .. }) if side.now() + pause < lease_until => {
                if pause == FIRST_PAUSE {
                    warn!("what became of deliveries could not be recorded, trying on: {error}");
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => {
                let deliveries = settlements.len();
                return error!(deliveries, "what became of them could not be recorded: {error}");
            }
        }
    }
}

/// How long until the next delivery is due that does not go to one of `except`.
pub(super) async fn until_next(side: &Side, except: &[String]) -> Duration {
    let next = side.dispatch.store.next_due_delivery(side.lane, except).await;
    let wait = next
        .ok()
        .flatten()
        .map(|next| Duration::try_from(next.duration_since(side.now())).unwrap_or_default());
    wait.unwrap_or(LONGEST_SLEEP)
        .clamp(Duration::from_millis(20), LONGEST_SLEEP)
}
