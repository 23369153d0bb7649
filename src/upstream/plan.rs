//! Which subscriptions there should be, against which there are. Pure.

use std::collections::HashMap;

use url::Url;

use crate::{
    notice::SourceId,
    source::Hub,
    websub::{Standing, Upstream},
};

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// To be subscribed to.
    pub(super) open: Vec<(&'a SourceId, &'a Hub)>,
    /// To be ended.
    pub(super) leave: Vec<&'a Upstream>,
}

/// What makes `there` be what is `wanted`, under our address `callback`.
pub(super) fn plan<'a>(wanted: &'a HashMap<SourceId, Hub>, there: &'a [Upstream], callback: Option<&Url>) -> Plan<'a> {
    let current = there.iter().filter(|upstream| upstream.standing != Standing::Leaving);
    let is_wanted = |upstream: &&Upstream| {
        wanted.get(&upstream.source) == Some(&upstream.hub) && callback == Some(&upstream.callback)
    };
    let (kept, leave): (Vec<_>, Vec<_>) = current.partition(is_wanted);
    let is_kept = |source: &SourceId| kept.iter().any(|upstream| upstream.source == *source);
    let open = wanted
        .iter()
        .filter(|(source, _)| callback.is_some() && !is_kept(source));
    Plan {
        open: open.collect(),
        leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn hub(name: &str) -> Hub {
        Hub {
            url: url(&format!("https://{name}.example/")),
            topic: url("https://town.example/feed"),
        }
    }

    fn upstream(source: &str, name: &str) -> Upstream {
        let source = source.parse().expect("an id");
        let now = jiff::Timestamp::UNIX_EPOCH;
        Upstream::new(
            source,
            hub(name),
            url("https://us.example/"),
            "t".into(),
            "s".into(),
            now,
        )
    }

    #[track_caller]
    fn check(wanted: &[(&str, &str)], there: &[Upstream], callback: Option<&str>, open: &[&str], leave: usize) {
        let wanted = wanted.iter().map(|(id, name)| (id.parse().expect("an id"), hub(name)));
        let wanted: HashMap<SourceId, Hub> = wanted.collect();
        let callback = callback.map(url);
        let plan = plan(&wanted, there, callback.as_ref());
        let mut opened: Vec<&str> = plan.open.iter().map(|(source, _)| source.as_str()).collect();
        opened.sort_unstable();
        assert_eq!((opened.as_slice(), plan.leave.len()), (open, leave));
    }

    #[test]
    fn there_is_one_subscription_for_each_source_that_names_a_hub() {
        let us = Some("https://us.example/");
        check(&[("a", "one"), ("b", "one")], &[], us, &["a", "b"], 0);
        check(&[("a", "one")], &[upstream("a", "one")], us, &[], 0);
        check(&[("a", "two")], &[upstream("a", "one")], us, &["a"], 1);
        check(&[], &[upstream("a", "one")], us, &[], 1);
        check(
            &[("a", "one")],
            &[upstream("a", "one")],
            Some("https://moved.example/"),
            &["a"],
            1,
        );
        check(&[("a", "one")], &[upstream("a", "one")], None, &[], 1);
        let left = upstream("a", "one").left(jiff::Timestamp::UNIX_EPOCH);
        check(&[("a", "one")], &[left], us, &["a"], 0);
    }
}
