//! How soon news is found, on average and for the slowest twentieth, over simulated boards: by the schedule of the daemon, by
//! a fixed interval, and by intervals that follow how many entries a week had; all with as many requests.
//!
//! `cargo bench --bench schedule [-- BOARDS]`. The boards know nothing of what the schedule takes for granted, and the schedule
//! knows of them only what polls show. `docs/polling.md` says what the columns mean and what was chosen.

use std::time::Instant;

use gazetted::rhythm::{Almanac, Bounds, History, Member, Poll, Seen, wait};

const HOUR: f64 = 3_600.0;
const WEEK: f64 = 168.0;

/// Weeks before the first poll, of which a board's list still shows the newest rows.
const PAST: usize = 40;

/// How many rows a list shows.
const ROWS: usize = 20;

/// Weeks that are simulated, and those of them that count: the first, while nothing is known but dates, and the last.
const WEEKS: usize = 12;
const FIRST: usize = 1;
const LAST: usize = 4;

/// Which hours of the week, from Monday's first in UTC, a board's news falls in: how much more than on average.
#[derive(Clone)]
struct Habit([f32; 168]);

struct Board {
    /// From `turn` weeks on the second.
    habits: [usize; 2],
    /// News an hour; from `turn` weeks on the second.
    rates: [f64; 2],
    turn: f64,
    /// How many notices come at once, on average.
    burst: f64,
    /// Whether the list says at which minute a notice came; else on which day.
    minutes: bool,
    zone: f64,
    /// When the news came, in seconds since the first poll, earliest first.
    news: Vec<i32>,
    family: usize,
}

/// A stream of random numbers (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn within(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }
}

/// What a kind of people does in a week: Monday to Sunday, each with when they begin, when they end, and how much they do.
fn habit(dice: &mut Dice, kind: f64, zone: f64) -> Habit {
    let mut week = [0.005_f64; 168];
    let (begin, end) = (dice.within(7.5, 10.0), dice.within(16.0, 19.0));
    let meeting = (dice.unit() * 5.0) as usize;
    let publishes = dice.within(9.0, 18.0);
    for (hour, weight) in week.iter_mut().enumerate() {
        let (day, clock) = (hour / 24, (hour % 24) as f64 + 0.5);
        let office = clock > begin && clock < end;
        *weight += match kind {
            // Offices, some with a lunch break, some with a day of decisions.
            kind if kind < 0.62 => {
                let working = if day < 5 { 1.0 } else { 0.0 };
                let lunch = if (12.0..13.0).contains(&clock) { 0.4 } else { 1.0 };
                let decides = if day == meeting { 1.8 } else { 1.0 };
                if office {
                    working * lunch * decides
                } else {
                    0.02 * working
                }
            }
            // Universities: until late, a little on Saturdays.
            kind if kind < 0.72 => match day {
                0..5 if (9.0..22.0).contains(&clock) => 1.0,
                5 if office => 0.4,
                _ => 0.02,
            },
            // One run a day, at the same time.
            kind if kind < 0.80 => {
                if day < 6 && (clock - publishes).abs() <= 0.5 {
                    20.0
                } else {
                    0.0
                }
            }
            // Sunday to Thursday.
            kind if kind < 0.86 => {
                if office && !(4..6).contains(&day) {
                    1.0
                } else {
                    0.02
                }
            }
            // Newsrooms: all day, less at night.
            kind if kind < 0.95 && (1.0..6.0).contains(&clock) => 0.2,
            // The rest of their day, and machines.
            _ => 1.0,
        };
    }
    let mean: f64 = week.iter().sum::<f64>() / WEEK;
    let mut utc = [0.0; 168];
    for (hour, weight) in week.iter().enumerate() {
        utc[(hour as i64 - zone as i64).rem_euclid(168) as usize] = (weight / mean) as f32;
    }
    Habit(utc)
}

fn world(boards: usize, seed: u64) -> (Vec<Habit>, Vec<Board>) {
    let mut dice = Dice(seed);
    let zones = [9.0, 9.0, 9.0, 1.0, 1.0, 0.0, -5.0, -8.0, 3.0];
    let mut habits = Vec::new();
    let made = (0..boards)
        .map(|_| {
            let which = (dice.unit() * zones.len() as f64) as usize;
            let zone = zones[which];
            let kind = dice.unit();
            habits.push(habit(&mut dice, kind, zone));
            let mut own = [habits.len() - 1; 2];
            // Some come to keep other hours.
            if dice.unit() < 0.05 {
                habits.push(habit(&mut dice, kind, zone));
                own[1] += 1;
            }
            let works = kind < 0.86;
            // News a week: half of the boards have less than two, some have hundreds.
            let weekly = (0.6 + 1.5 * dice.normal()).exp().min(400.0);
            let mut rates = [weekly / WEEK; 2];
            let turn = dice.within(0.0, WEEKS as f64);
            match dice.unit() {
                fate if fate < 0.08 => rates = [0.0; 2],
                fate if fate < 0.13 => rates[1] = 0.0,
                fate if fate < 0.16 => rates[1] *= 4.0,
                fate if fate < 0.19 => rates[1] *= 0.25,
                _ => {}
            }
            let burst = if dice.unit() < 0.2 { 3.0 } else { 1.0 };
            let minutes = dice.unit() < 0.3;
            let mut board = Board {
                habits: own,
                rates,
                turn,
                burst,
                minutes,
                zone,
                news: Vec::new(),
                family: [0, 0, 0, 1, 1, 2, 3, 4, 5][which] * 2 + usize::from(minutes),
            };
            publish(&mut board, &habits, weekly, works, &mut dice);
            board
        })
        .collect();
    (habits, made)
}

/// Writes what the board publishes: bursts at random moments, as likely as the habit says.
fn publish(board: &mut Board, habits: &[Habit], weekly: f64, works: bool, dice: &mut Dice) {
    let mut news = Vec::new();
    for hour in -((PAST * 168) as i64)..(WEEKS * 168) as i64 {
        let week = hour as f64 / WEEK;
        let now = usize::from(week >= board.turn);
        let likely = f64::from(habits[board.habits[now]].0[hour.rem_euclid(168) as usize]);
        let rate = board.rates[now];
        let day = (hour + board.zone as i64).div_euclid(24);
        let rate = if works && is_holiday(day, board.zone) {
            0.05 * rate
        } else {
            rate
        };
        // A board that is dead was alive once.
        let rate = if board.rates[0] == 0.0 && week < -25.0 {
            weekly / WEEK
        } else {
            rate
        };
        let mut at = dice.exponential() * board.burst;
        while at < rate * likely {
            let begin = hour as f64 * HOUR + at / (rate * likely) * HOUR;
            let many = if board.burst > 1.0 {
                1 + (dice.exponential() * (board.burst - 0.5)) as usize
            } else {
                1
            };
            for one in 0..many {
                news.push((begin + one as f64 * dice.within(10.0, 200.0)) as i32);
            }
            at += dice.exponential() * board.burst;
        }
    }
    news.sort_unstable();
    let started = news.partition_point(|at| *at <= 0);
    news.drain(..started.saturating_sub(ROWS));
    board.news = news;
}

/// Whether a zone has a holiday: one working day in three weeks, and once three in a row. `day` is counted from the first
/// poll, a Monday.
fn is_holiday(day: i64, zone: f64) -> bool {
    let shifted = day + zone as i64;
    shifted.rem_euclid(21) == 11 || (37..40).contains(&shifted)
}

/// Delays in steps of ten seconds, for the mean and for the slowest twentieth.
struct Delays {
    steps: Vec<u64>,
    sum: f64,
    count: u64,
    requests: u64,
    longest_wait: f64,
}

impl Delays {
    fn new() -> Self {
        Self {
            steps: vec![0; 60 * 60 * 24 * 8 / 10],
            sum: 0.0,
            count: 0,
            requests: 0,
            longest_wait: 0.0,
        }
    }

    fn found(&mut self, after: f64) {
        self.sum += after;
        self.count += 1;
        let step = (after / 10.0) as usize;
        let last = self.steps.len() - 1;
        self.steps[step.min(last)] += 1;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count as f64 / 60.0
    }

    fn p95(&self) -> f64 {
        let mut left = self.count / 20;
        for (step, count) in self.steps.iter().enumerate().rev() {
            if *count > left {
                return step as f64 / 6.0;
            }
            left -= count;
        }
        0.0
    }
}

/// How a board is asked again: what it showed, and after how many hours.
trait Schedule {
    /// A day begins.
    fn day(&mut self, _: &[Board]) {}
    fn first(&mut self, number: usize, board: &Board, at: f64, shown: &[i32]) -> f64;
    fn next(&mut self, number: usize, board: &Board, at: f64, since: f64, news: &[i32]) -> f64;
}

/// Polls all boards for all weeks; the delays of the first weeks and of the last.
fn run(boards: &[Board], schedule: &mut dyn Schedule) -> [Delays; 2] {
    let mut dice = Dice(7);
    let mut phases = [Delays::new(), Delays::new(), Delays::new()];
    // Everybody is asked first within the first hours, as fast as requests may follow each other.
    let mut due: Vec<f64> = boards.iter().map(|_| dice.within(0.0, 2.0 * HOUR)).collect();
    let mut last = vec![f64::NAN; boards.len()];
    let mut read = vec![0_usize; boards.len()];
    for hour in 1..=WEEKS * 168 {
        let end = hour as f64 * HOUR;
        let week = (hour - 1) / 168;
        let delays = &mut phases[if week < FIRST {
            0
        } else if week < WEEKS - LAST {
            1
        } else {
            2
        }];
        if hour % 24 == 1 {
            schedule.day(boards);
        }
        for (number, board) in boards.iter().enumerate() {
            while due[number] < end {
                let at = due[number];
                let unread = &board.news[read[number]..];
                let fresh = unread.iter().take_while(|news| f64::from(**news) <= at).count();
                let (fresh, until) = (&unread[..fresh], read[number] + fresh);
                let wait = if last[number].is_nan() {
                    schedule.first(number, board, at, fresh)
                } else {
                    delays.requests += 1;
                    delays.longest_wait = delays.longest_wait.max(at - last[number]);
                    fresh.iter().for_each(|news| delays.found(at - f64::from(*news)));
                    schedule.next(number, board, at, at - last[number], fresh)
                };
                read[number] = until;
                last[number] = at;
                due[number] = at + wait * HOUR;
            }
        }
    }
    let [first, _, last] = phases;
    [first, last]
}

/// Always the same wait.
struct Fixed(f64);

impl Schedule for Fixed {
    fn first(&mut self, number: usize, _: &Board, _: f64, _: &[i32]) -> f64 {
        self.0 * Dice(number as u64).unit()
    }

    fn next(&mut self, _: usize, _: &Board, _: f64, _: f64, _: &[i32]) -> f64 {
        self.0
    }
}

/// A week over the entries of the last week, times a factor that makes the requests come out equal.
struct EntryFrequency {
    factor: f64,
    shortest: f64,
    longest: f64,
    seen: Vec<std::collections::VecDeque<i32>>,
}

impl Schedule for EntryFrequency {
    fn first(&mut self, number: usize, board: &Board, at: f64, shown: &[i32]) -> f64 {
        self.next(number, board, at, 0.0, shown)
    }

    fn next(&mut self, number: usize, _: &Board, at: f64, _: f64, news: &[i32]) -> f64 {
        let seen = &mut self.seen[number];
        seen.extend(news);
        while seen.front().is_some_and(|old| f64::from(*old) < at - WEEK * HOUR) {
            seen.pop_front();
        }
        let wait = if seen.is_empty() {
            self.longest
        } else {
            WEEK / (seen.len() as f64 * self.factor)
        };
        wait.clamp(self.shortest, self.longest)
    }
}

/// What the daemon does.
struct Learned {
    almanac: Almanac,
    histories: Vec<History>,
    bounds: Bounds,
    fair: f64,
}

impl Learned {
    fn hour(board: &Board, at: f64) -> f64 {
        (at / HOUR + board.zone).rem_euclid(WEEK)
    }

    /// As far as the list tells: at that minute, or on that day and between two polls.
    fn seen(board: &Board, news: i32, since: f64, at: f64) -> Seen {
        let news = f64::from(news);
        let (from, until) = if board.minutes {
            (news, news)
        } else {
            let midnight = ((news / HOUR + board.zone) / 24.0).floor() * 24.0 - board.zone;
            ((midnight * HOUR).max(since), ((midnight + 24.0) * HOUR).min(at))
        };
        Seen {
            until: Self::hour(board, until),
            hours: (until - from).max(0.0) / HOUR,
            weeks_ago: (at - (from + until) / 2.0).max(0.0) / HOUR / WEEK,
        }
    }
}

impl Schedule for Learned {
    fn day(&mut self, boards: &[Board]) {
        let (bounds, weekly) = (self.bounds, WEEK / self.fair);
        let member = |(board, history): (&Board, _)| Member {
            family: board.family,
            host: 0,
            history,
            bounds,
            weekly,
        };
        let members: Vec<_> = boards.iter().zip(&self.histories).map(member).collect();
        self.almanac = Almanac::of(&members);
    }

    fn first(&mut self, number: usize, board: &Board, at: f64, shown: &[i32]) -> f64 {
        self.learn(number, board, at, None, shown)
    }

    fn next(&mut self, number: usize, board: &Board, at: f64, since: f64, news: &[i32]) -> f64 {
        self.learn(number, board, at, Some(since), news)
    }
}

impl Learned {
    fn learn(&mut self, number: usize, board: &Board, at: f64, since: Option<f64>, news: &[i32]) -> f64 {
        let before = since.map_or(f64::NEG_INFINITY, |since| at - since);
        let seen: Vec<Seen> = news.iter().map(|news| Self::seen(board, *news, before, at)).collect();
        let poll = Poll {
            weeks: since.map(|since| since / HOUR / WEEK),
            news: &seen,
        };
        let history = &mut self.histories[number];
        *history = history.after(poll, &self.almanac.week(board.family, history));
        let week = self.almanac.week(board.family, history);
        self.almanac.wait(&week, Self::hour(board, at), self.bounds, 0)
    }
}

/// The same decision by somebody who knows each board's true rates, at a price.
struct Knowing<'a> {
    habits: &'a [Habit],
    price: f64,
    bounds: Bounds,
}

impl Schedule for Knowing<'_> {
    fn first(&mut self, number: usize, board: &Board, at: f64, shown: &[i32]) -> f64 {
        self.next(number, board, at, 0.0, shown)
    }

    fn next(&mut self, _: usize, board: &Board, at: f64, _: f64, _: &[i32]) -> f64 {
        let now = usize::from(at / HOUR / WEEK >= board.turn);
        let (rate, habit) = (board.rates[now], &self.habits[board.habits[now]].0);
        let likely = |hour: usize| rate * f64::from(habit[hour % 168]);
        wait(likely, (at / HOUR).rem_euclid(WEEK), self.price, self.bounds)
    }
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let boards = asked.unwrap_or(100_000);
    let start = Instant::now();
    let (habits, boards) = world(boards, 1);
    let news: usize = boards.iter().map(|board| board.news.len()).sum();
    println!(
        "{} boards, {news} notices, {WEEKS} weeks; the last {LAST} count",
        boards.len()
    );
    compare(
        &habits,
        &boards,
        2.0,
        Bounds {
            shortest: 1.0 / 12.0,
            longest: 24.0,
        },
    );
    // The same with the shortest wait that the daemon keeps unless told otherwise, and with its longest wait.
    let few = &boards[..boards.len().div_ceil(100)];
    let minutes = |shortest: f64, longest: f64| Bounds {
        shortest: shortest / 60.0,
        longest: longest / 60.0,
    };
    compare(&habits, few, 0.25, minutes(5.0, 180.0));
    compare(&habits, few, 1.0 / 6.0, minutes(5.0, 15.0));
    println!("\nall of it took {:.0} s", start.elapsed().as_secs_f64());
}

fn compare(habits: &[Habit], boards: &[Board], fair: f64, bounds: Bounds) {
    println!(
        "\n{} boards, waits from {:.0} min to {:.2} h, one request a board every {:.0} min",
        boards.len(),
        bounds.shortest * 60.0,
        bounds.longest,
        fair * 60.0
    );
    println!(
        "{:<34}{:>12}{:>10}{:>10}{:>8}{:>8}{:>10}",
        "", "a board/day", "mean min", "p95 min", "mean x", "p95 x", "longest h"
    );
    let mut learned = Learned {
        almanac: Almanac::of(&[]),
        histories: vec![History::default(); boards.len()],
        bounds,
        fair,
    };
    let [first, last] = run(boards, &mut learned);
    show("learned, the first week", boards, &first, FIRST);
    show("learned, the last weeks", boards, &last, LAST);
    let budget = 7.0 * 24.0 * LAST as f64 / fair;
    let meet = |name: &str, (low, high): (f64, f64), poll: &dyn Fn(&[Board], f64) -> Delays| {
        let few = &boards[..boards.len().min(1_000)];
        let (mut low, mut high) = (low, high);
        for _ in 0..12 {
            let middle = f64::sqrt(low * high);
            let requests = poll(few, middle).requests as f64 / few.len() as f64;
            if requests > budget { low = middle } else { high = middle }
        }
        show(name, boards, &poll(boards, high), LAST);
    };
    meet("the same, true rates known", (1e-6, 10.0), &|boards, price| {
        let [_, last] = run(boards, &mut Knowing { habits, price, bounds });
        last
    });
    meet("a week over its entries", (1e-4, 100.0), &|boards, factor| {
        let mut schedule = EntryFrequency {
            factor: 1.0 / factor,
            shortest: bounds.shortest,
            longest: bounds.longest,
            seen: vec![std::collections::VecDeque::new(); boards.len()],
        };
        let [_, last] = run(boards, &mut schedule);
        last
    });
}

/// One line: what came out, and how much better that is than a fixed interval with as many requests.
fn show(name: &str, boards: &[Board], delays: &Delays, weeks: usize) {
    let fixed = (weeks * 168 * boards.len()) as f64 / delays.requests as f64;
    let [first, last] = run(boards, &mut Fixed(fixed));
    let same = if weeks == FIRST { first } else { last };
    println!(
        "{name:<34}{:>12.2}{:>10.1}{:>10.1}{:>8.2}{:>8.2}{:>10.2}",
        24.0 / fixed,
        delays.mean(),
        delays.p95(),
        same.mean() / delays.mean(),
        same.p95() / delays.p95(),
        delays.longest_wait / HOUR
    );
}
