//! When boards speak: what a source's past says of the hours to come, and when a question is worth its price.
//!
//! *history* counts a source's news, *kinds* tells what kind of source that is, *shape* which days and hours are usual for it,
//! *week* joins them to a rate for every hour of the week. *price* says what a request may cost for a budget to last, and
//! *delay* turns a week and a price into a wait. *almanac* holds what sources know of each other; *habit* tells people when
//! there is usually news. `docs/polling.md` has the objective, the method and where it comes from.
//!
//! Pure. Hours of the week are counted in the source's zone, from Monday's first. Does not know: the clock, the store, how
//! anything is asked.

mod almanac;
mod delay;
mod habit;
mod history;
mod kinds;
mod price;
mod shape;
mod week;

pub use almanac::{Almanac, Member};
pub use delay::{Bounds, wait};
pub use habit::Habit;
pub use history::{History, Poll, Seen};
pub use week::{HOURS, Week, hour_of_week};
