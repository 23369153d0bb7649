//! What a digest tells: all that a window brought to one reader, source by source.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::Extent;
use crate::{channel::Told, notice::SourceId};

/// Most sources of which a digest shows notices.
const SOURCES: usize = 100;

/// Most notices that a digest shows by title.
const TITLES: usize = 200;

/// Most notices of which it shows the beginning of their text too.
const EXCERPTS: usize = 40;

/// Most sources, and most notices, where a relay takes no more.
const FEW: usize = 20;

/// One notice of a digest.
#[derive(Clone, Debug)]
pub struct Line {
    /// The notice, as it is now.
    pub told: Arc<Told>,
    /// Whether its reader was told of it before this window, and of a change in it now.
    pub revised: bool,
}

/// What a digest tells. There is something in it.
#[derive(Clone, Debug)]
pub struct Digest {
    pub(super) groups: Vec<Group>,
}

/// The notices of one source, the newest first.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) source: SourceId,
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
}

/// How much of a group is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    /// So many by title.
    pub(super) titles: usize,
    /// So many of these with the beginning of their text.
    pub(super) excerpts: usize,
}

impl Digest {
    /// The digest of `lines`, by source in the order of the sources' names, the newest first. `None` when there are none.
    pub fn of(lines: Vec<Line>) -> Option<Self> {
        let mut groups: BTreeMap<(String, SourceId), Vec<Line>> = BTreeMap::new();
        for line in lines {
            let (name, source) = (line.told.source_name.clone(), line.told.entry.source.clone());
            groups.entry((name, source)).or_default().push(line);
        }
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|((name, source), mut lines)| {
                lines.sort_by_key(|line| Reverse((line.told.entry.day(), line.told.entry.seq)));
                Group { source, name, lines }
            })
            .collect();
        (!groups.is_empty()).then_some(Self { groups })
    }

    /// How many notices it tells.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.lines.len()).sum()
    }

    /// The groups that are shown, and how much of each: small ones whole, large ones cut alike.
    pub(super) fn shown(&self, extent: Extent) -> impl Iterator<Item = (&Group, Share)> {
        let (sources, titles, excerpts) = match extent {
            Extent::Whole => (SOURCES, TITLES, EXCERPTS),
            Extent::Links => (FEW, FEW, 0),
        };
        let shown = &self.groups[..self.groups.len().min(sources)];
        let sizes: Vec<usize> = shown.iter().map(|group| group.lines.len()).collect();
        let (titles, excerpts) = (cut(&sizes, titles), cut(&sizes, excerpts));
        shown.iter().map(move |group| {
            let titles = group.lines.len().min(titles);
            let excerpts = titles.min(excerpts);
            (group, Share { titles, excerpts })
        })
    }
}

/// The largest size that groups of these sizes can be cut to, so that `most` are left of all.
fn cut(sizes: &[usize], most: usize) -> usize {
    let left = |size: usize| sizes.iter().map(|group| (*group).min(size)).sum::<usize>();
    (0..=most).rev().find(|size| left(*size) <= most).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sizes: &[usize], most: usize, expected: &[usize]) {
        let size = cut(sizes, most);
        let left: Vec<usize> = sizes.iter().map(|group| (*group).min(size)).collect();
        assert_eq!(left, expected);
    }

    #[test]
    fn a_large_source_takes_no_place_from_small_ones() {
        check(&[3, 2], 10, &[3, 2]);
        check(&[2_000, 2, 1], 10, &[7, 2, 1]);
        check(&[50, 50, 4], 10, &[3, 3, 3]);
        check(&[1; 30], 10, &[0; 30]);
        check(&[], 10, &[]);
    }
}
