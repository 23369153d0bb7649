//! Which days and hours are usual: for everybody, and for sources of one family.

use super::{
    History,
    kinds::{Kinds, Marks, Tally},
};

/// One source counts in its family with at most so many news, so that the busy ones don't speak for all.
const MOST_OF_ONE: f64 = 20.0;

/// So many sources of a family outweigh what is usual for everybody.
const OWN_RATE: f64 = 10.0;

/// Sources that were watched for less than so many weeks say nothing about rates.
const WATCHED: f64 = 0.25;

/// How many news a week a source is taken to have while nothing is known of any.
const USUAL_WEEKLY: f64 = 3.0;

/// Days, from Monday: working days of two calendars, and every day.
const DAYS: [[f64; 7]; 3] = [
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.05, 0.05],
    [1.0, 1.0, 1.0, 1.0, 0.05, 0.05, 1.0],
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.8],
];

/// Hours, from midnight: of offices, until late, while people are awake, and all of them.
const HOURS: [[f64; 24]; 4] = [
    [
        0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.2, 0.6, 1.0, 1.0, 1.0, 0.7, 0.9, 1.0, 1.0, 1.0, 0.8, 0.3, 0.1,
        0.05, 0.02, 0.02, 0.02,
    ],
    [
        0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.1, 0.4, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
        1.0, 0.2, 0.05,
    ],
    [
        0.5, 0.2, 0.2, 0.2, 0.2, 0.3, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
        0.8, 0.7,
    ],
    [1.0; 24],
];

/// How likely each day of the week and each hour of the day is, 1 being average.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    /// Monday first.
    pub(super) days: [f64; 7],
    /// From midnight.
    pub(super) hours: [f64; 24],
}

/// What tells sources of one kind from those of another.
#[derive(Clone, Debug)]
pub(super) struct Known {
    days: Marks<7, 3>,
    hours: Marks<24, 4>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            days: Marks::new(&DAYS),
            hours: Marks::new(&HOURS),
        }
    }
}

/// What many sources have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    days: Tally<7, 3>,
    hours: Tally<24, 4>,
    /// How many sources say something about rates.
    sources: f64,
    /// The sum of the roots of their rates: with the roots, a few busy sources don't speak for all.
    roots: f64,
}

/// What is expected of sources.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    days: Kinds<7, 3>,
    hours: Kinds<24, 4>,
    /// News a week.
    pub(super) weekly: f64,
}

impl Expected {
    /// Of all sources, before anything is known.
    pub(super) fn at_first(known: &Known) -> Self {
        Self {
            days: known.days.kinds.clone(),
            hours: known.hours.kinds.clone(),
            weekly: USUAL_WEEKLY,
        }
    }

    /// What is usual for a source with this history.
    pub(super) fn usual(&self, history: &History, known: &Known) -> Shape {
        Shape {
            days: self.days.usual(history.days(), &known.days),
            hours: self.hours.usual(history.hours(), &known.hours),
        }
    }
}

impl Common {
    /// Takes a history in.
    pub(super) fn add(&mut self, history: &History, known: &Known) {
        let weight = MOST_OF_ONE / history.news().max(MOST_OF_ONE);
        self.days.add(history.days(), &known.days, weight);
        self.hours.add(history.hours(), &known.hours, weight);
        if history.weeks() > WATCHED {
            self.sources += 1.0;
            self.roots += (history.news() / history.weeks()).sqrt();
        }
    }

    /// What is expected of its sources; what is expected `above` it while it has seen little.
    pub(super) fn expected(&self, above: &Expected) -> Expected {
        let root = (self.roots + OWN_RATE * above.weekly.sqrt()) / (self.sources + OWN_RATE);
        Expected {
            days: self.days.kinds(&above.days),
            hours: self.hours.kinds(&above.hours),
            weekly: root * root,
        }
    }
}
