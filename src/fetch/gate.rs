//! One gate per site: a few at a time, some time apart, shut while the host asks to be left alone.
//!
//! A request passes the gates of all sites that its host is a part of, its registered name and its addresses, always in the
//! same order. A gate exists while it remembers something; forgotten ones are swept whenever their number has doubled, so memory
//! follows the sites in use and not the sites ever seen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::net::site::Site;

/// Below this many gates nothing is swept.
const SWEEP_FROM: usize = 64;

/// The gates of all sites.
#[derive(Debug)]
pub(super) struct Gates {
    at_once: usize,
    sites: Mutex<Sites>,
}

/// The right to ask a host, until dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _sites: Vec<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Sites {
    gates: HashMap<Site, Arc<Gate>>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Gate {
    places: Arc<Semaphore>,
    /// When the next request may start. Held by the request that waits for it, so that turns are taken in order.
    next: tokio::sync::Mutex<Instant>,
    held_until: Mutex<Option<Instant>>,
}

impl Gates {
    pub fn new(at_once: usize) -> Self {
        Self {
            at_once: at_once.clamp(1, Semaphore::MAX_PERMITS),
            sites: Mutex::new(Sites {
                gates: HashMap::new(),
                sweep_at: SWEEP_FROM,
            }),
        }
    }

    /// Waits for the right to ask a host that is a part of these `sites` now, which takes one of `places` too. Nobody asks them
    /// for the time `apart` that follows. `sites` are sorted, each once, so that no two requests wait for each other.
    ///
    /// # Errors
    ///
    /// How long the host still asks to be left alone.
    pub async fn turn(&self, sites: &[Site], apart: Duration, places: &Arc<Semaphore>) -> Result<Turn, Duration> {
        let gates: Vec<Arc<Gate>> = sites.iter().map(|site| self.gate(site)).collect();
        let all_open = || gates.iter().try_for_each(|gate| gate.open());
        all_open()?;
        let mut own = Vec::with_capacity(gates.len());
        for gate in &gates {
            own.push(acquire(&gate.places).await);
        }
        let mut nexts = Vec::with_capacity(gates.len());
        for gate in &gates {
            nexts.push(gate.next.lock().await);
        }
        all_open()?;
        for next in &nexts {
            sleep_until(**next).await;
        }
        // The common place comes last, so that nobody waits for a host while holding it.
        let place = acquire(places).await;
        all_open()?;
        for next in &mut nexts {
            **next = Instant::now() + apart;
        }
        drop(nexts);
        Ok(Turn {
            _sites: own,
            _place: place,
        })
    }

    /// Shuts the gate of `site` for `wait`; a longer wish that stands already stays.
    pub fn hold(&self, site: &Site, wait: Duration) {
        let until = Instant::now() + wait;
        let gate = self.gate(site);
        let mut held = lock(&gate.held_until);
        *held = Some(held.map_or(until, |standing| standing.max(until)));
    }

    fn gate(&self, site: &Site) -> Arc<Gate> {
        let mut sites = lock(&self.sites);
        if let Some(gate) = sites.gates.get(site) {
            return Arc::clone(gate);
        }
        if sites.gates.len() >= sites.sweep_at {
            sites
                .gates
                .retain(|_, gate| Arc::strong_count(gate) > 1 || gate.remembers());
            sites.gates.shrink_to_fit();
            sites.sweep_at = SWEEP_FROM.max(sites.gates.len() * 2);
        }
        let gate = Arc::new(Gate {
            places: Arc::new(Semaphore::new(self.at_once)),
            next: tokio::sync::Mutex::new(Instant::now()),
            held_until: Mutex::new(None),
        });
        sites.gates.insert(site.clone(), Arc::clone(&gate));
        gate
    }
}

impl Gate {
    /// `Err` with the time that is left while the host asks to be left alone.
    fn open(&self) -> Result<(), Duration> {
        let mut held = lock(&self.held_until);
        match held.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => Err(left),
            _ => {
                *held = None;
                Ok(())
            }
        }
    }

    /// Whether forgetting this gate would let somebody through too early.
    fn remembers(&self) -> bool {
        let in_flight = Arc::strong_count(&self.places) > 1;
        in_flight || self.open().is_err() || self.next.try_lock().map_or(true, |next| *next > Instant::now())
    }
}

async fn acquire(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(places)
        .acquire_owned()
        .await
        .expect("these semaphores are never closed")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside stays true whichever line a panic left it at.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn site(name: &str) -> Site {
        Site::Name(name.to_owned())
    }

    fn places(number: usize) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(number))
    }

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_start_an_interval_apart_and_other_hosts_do_not_wait() {
        let (gates, places, start) = (Gates::new(9), places(99), Instant::now());
        let started = join_all(["a", "b", "a", "a"].map(|host| async {
            let turn = gates.turn(&[site(host)], SECOND, &places).await.expect("an open gate");
            drop(turn);
            start.elapsed().as_secs()
        }))
        .await;
        assert_eq!(started, [0, 0, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn sites_that_share_an_address_or_a_name_wait_for_each_other() {
        let (gates, places, start) = (Gates::new(1), places(99), Instant::now());
        let address = |last| Site::Address([192, 0, 2, last].into());
        let started = join_all(
            [
                [site("a"), address(1)],
                [site("b"), address(1)],
                [site("b"), address(2)],
                [site("c"), address(2)],
                [site("d"), address(3)],
            ]
            .map(|sites| {
                let (gates, places) = (&gates, &places);
                async move {
                    let _turn = gates.turn(&sites, SECOND, places).await.expect("an open gate");
                    let at = start.elapsed().as_secs();
                    sleep(SECOND).await;
                    at
                }
            }),
        )
        .await;
        assert_eq!(started, [0, 1, 2, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_allowed_number_is_in_flight() {
        let (gates, places, start) = (Gates::new(2), places(99), Instant::now());
        let started = join_all((0..5).map(|_| async {
            let _turn = gates
                .turn(&[site("a")], Duration::ZERO, &places)
                .await
                .expect("an open gate");
            let at = start.elapsed().as_secs();
            sleep(10 * SECOND).await;
            at
        }))
        .await;
        assert_eq!(started, [0, 0, 10, 10, 20]);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_host_takes_no_place_from_others() {
        let (gates, places, start) = (Gates::new(9), places(1), Instant::now());
        let started = join_all(["slow", "slow", "slow", "b", "c"].map(|host| async {
            let _turn = gates
                .turn(&[site(host)], 100 * SECOND, &places)
                .await
                .expect("an open gate");
            let at = start.elapsed().as_secs();
            sleep(SECOND).await;
            at
        }))
        .await;
        assert_eq!(started, [0, 100, 200, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_asks_to_wait_is_left_alone_and_those_in_line_hear_of_it() {
        let (gates, places) = (Gates::new(1), places(99));
        let first = gates.turn(&[site("a")], SECOND, &places).await.expect("an open gate");
        let sites = [site("a")];
        let in_line = gates.turn(&sites, SECOND, &places);
        let ask = async {
            gates.hold(&site("a"), 60 * SECOND);
            gates.hold(&site("a"), 5 * SECOND);
            drop(first);
        };
        let (refused, ()) = tokio::join!(in_line, ask);
        assert_eq!(refused.expect_err("a shut gate"), 60 * SECOND);
        assert!(gates.turn(&[site("b")], SECOND, &places).await.is_ok());
        sleep(59 * SECOND).await;
        assert_eq!(
            gates
                .turn(&[site("a")], SECOND, &places)
                .await
                .expect_err("a shut gate"),
            SECOND
        );
        sleep(SECOND).await;
        assert!(gates.turn(&[site("a")], SECOND, &places).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn gates_that_remember_nothing_are_forgotten() {
        let (gates, places) = (Gates::new(1), places(9));
        gates.hold(&site("held"), 3_600 * SECOND);
        let busy = gates
            .turn(&[site("busy")], SECOND, &places)
            .await
            .expect("an open gate");
        for nth in 0..10_000 {
            drop(gates.turn(&[site(&format!("host{nth}"))], SECOND, &places).await);
            sleep(SECOND / 10).await;
        }
        let sites = lock(&gates.sites);
        assert!(sites.gates.len() <= SWEEP_FROM, "{} gates", sites.gates.len());
        assert!(sites.gates.contains_key(&site("held")) && sites.gates.contains_key(&site("busy")));
        drop((sites, busy));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_dropped_while_waiting_gives_everything_back() {
        let (gates, places) = (Gates::new(1), places(1));
        drop(gates.turn(&[site("a")], SECOND, &places).await);
        let given_up = tokio::time::timeout(SECOND / 2, gates.turn(&[site("a")], SECOND, &places)).await;
        assert!(given_up.is_err());
        assert!(
            tokio::time::timeout(SECOND, gates.turn(&[site("a")], SECOND, &places))
                .await
                .is_ok()
        );
        assert_eq!(places.available_permits(), 1);
    }
}
