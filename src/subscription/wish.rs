//! One subscription: which notices, and how often.

use serde::{Deserialize, Serialize};

use super::{Cadence, Rule};

/// One subscription of a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Its number among those of its receiver; [`Wish::CONFIGURED`] for what the configuration says.
    #[serde(default)]
    pub number: u32,
    /// About what.
    #[serde(default)]
    pub rule: Rule,
    /// How often.
    #[serde(default)]
    pub cadence: Cadence,
}

impl Wish {
    /// The number of what the configuration says.
    pub const CONFIGURED: u32 = 0;

    /// So many a person can have.
    pub const MOST: usize = 50;

    /// Whether its owner chose it, and may change it.
    pub fn is_own(&self) -> bool {
        self.number != Self::CONFIGURED
    }
}
