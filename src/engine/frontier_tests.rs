use super::*;
use crate::catalog;
use crate::engine::lanes::{self, shares};
use crate::plan::Content;
use proptest::prelude::*;

fn lane(name: &str) -> Option<LaneKey> {
    Some(LaneKey(name.to_owned()))
}

fn node(after: &[usize], lane: Option<LaneKey>) -> Node {
    Node {
        after: after.to_vec(),
        behind: Vec::new(),
        lane,
        shares: false,
    }
}

fn sharing(lane_of: &str) -> Node {
    Node {
        shares: true,
        ..node(&[], lane(lane_of))
    }
}

#[test]
fn what_must_follow_each_other_is_the_longest_chain_or_lane() {
    let nodes = vec![
        node(&[], None),
        node(&[0], lane("a")),
        node(&[1], None),
        node(&[], lane("a")),
        node(&[], lane("a")),
        node(&[9], lane("a")),
    ];
    assert_eq!(in_a_row(&nodes, 1, &|_| 1), 4);
    assert_eq!(in_a_row(&nodes, 1, &|i| usize::from(i < 4)), 3);
    assert_eq!(in_a_row(&nodes, 1, &|i| usize::from(i % 2 == 0)), 2);
    assert_eq!(in_a_row(&nodes, 1, &|_| 0), 0);
    assert_eq!(in_a_row(&nodes, 1, &|i| [1, 3, 1, 3, 3, 3][i]), 12);
    assert_eq!(in_a_row(&nodes, 1, &|i| [9, 3, 1, 3, 3, 3][i]), 13);
    let mut below: Vec<Node> = (0..9).map(|_| sharing("a")).collect();
    below.push(node(&[], lane("a")));
    assert_eq!(in_a_row(&below, 1, &|_| 1), 10);
    assert_eq!(in_a_row(&below, 4, &|_| 1), 4);
    // What is not among them is not waited for.
    assert_eq!(in_a_row(&[node(&[1], None)], 1, &|_| 1), 1);
    assert_eq!(
        Frontier::new(vec![node(&[1], None)], |_| false).pop(),
        Some(0)
    );
}

#[test]
fn what_is_kept_back_is_not_begun_nor_what_needs_it() {
    let nodes = vec![
        node(&[], None),
        node(&[], lane("a")),
        node(&[], lane("a")),
        node(&[2], None),
        node(&[], None),
        Node {
            behind: vec![2],
            ..node(&[], None)
        },
    ];
    let mut frontier = Frontier::new(nodes, |_| false);
    let begun = [frontier.pop(), frontier.pop()];
    assert_eq!(begun, [Some(2), Some(0)]);
    assert_eq!(frontier.settle(0, false), [0_usize; 0]);
    // One that is under way comes to an end of its own.
    assert_eq!(frontier.keep_back(0, vec![1, 2, 4]), [1, 4]);
    assert_eq!(frontier.pop(), None);
    assert_eq!(frontier.settle(2, true), [0_usize; 0]);
    let rest: Vec<usize> = std::iter::from_fn(|| frontier.pop()).collect();
    assert_eq!(rest, [3, 5]);
    assert_eq!([1, 4].map(|unit| frontier.blocked_by(unit)), [Some(0); 2]);
}

#[test]
fn the_lane_of_an_api_is_that_of_its_revisions_and_children() {
    let of = |kind: &str, path: &str| {
        LaneKey::of(
            catalog::kind(kind).unwrap(),
            &format!("/workspaces/w{path}").parse().unwrap(),
            None,
        )
    };
    let api = of("api", "/apis/Orders");
    assert!(api.is_some());
    assert_eq!(api, of("api", "/apis/orders;rev=2"));
    assert_eq!(
        api,
        of(
            "operationPolicy",
            "/apis/orders;rev=2/operations/a/policies/policy"
        )
    );
    assert_ne!(api, of("api", "/apis/orders2"));
    assert_eq!(
        of("namedValue", "/namedValues/a"),
        of("namedValue", "/namedValues/b")
    );
    assert_eq!(of("productApiLink", "/products/p/apiLinks/l"), None);
}

#[test]
fn what_has_a_part_in_the_api_itself_is_written_alone() {
    let of = |kind: &str, path: &str| {
        let target = format!("/workspaces/w{path}").parse().unwrap();
        shares(catalog::kind(kind).unwrap(), &target)
    };
    for (kind, path) in [
        ("api", "/apis/a"),
        ("api", "/apis/a;rev=2"),
        ("apiPolicy", "/apis/a/policies/policy"),
        ("apiRelease", "/apis/a/releases/r"),
        ("namedValue", "/namedValues/n"),
        ("subscription", "/subscriptions/s"),
    ] {
        assert!(!of(kind, path), "{path}");
    }
    for (kind, path) in [
        ("operation", "/apis/a/operations/o"),
        ("apiSchema", "/apis/a;rev=2/schemas/s"),
        ("operationPolicy", "/apis/a/operations/o/policies/policy"),
    ] {
        assert!(of(kind, path), "{path}");
    }
}

/// How many are in the lanes after each answer, as the service is asked by a run of
/// width 16, and whether they may be side by side at the end.
fn writers(lanes: &[usize], busy_after: usize, taken: bool) -> (Vec<usize>, bool) {
    let nodes = lanes.iter().enumerate();
    let nodes = nodes.flat_map(|(at, &count)| vec![sharing(&at.to_string()); count]);
    let mut frontier = Frontier::new(nodes.collect(), |_| false).learning();
    let mut running = std::collections::VecDeque::new();
    let mut seen = Vec::new();
    loop {
        while running.len() < 16 {
            let Some(next) = frontier.pop() else { break };
            running.push_back(next);
        }
        let Some(first) = running.pop_front() else {
            return (seen, frontier.side_by_side());
        };
        seen.push(running.len() + 1);
        if seen.len() == busy_after {
            frontier.narrow();
        }
        frontier.settle(first, taken);
    }
}

#[test]
fn a_lane_gets_more_writers_as_they_are_taken_and_one_after_a_refusal() {
    let learned = [[2; 4].as_slice(), &[4; 17], &[3, 2, 1]].concat();
    assert_eq!(writers(&[24], usize::MAX, true), (learned, true));
    let refused = vec![2, 2, 2, 1, 1, 1, 1, 1, 1];
    assert_eq!(writers(&[9], 3, true), (refused, false));
    // What fails teaches nothing.
    assert_eq!(writers(&[24], usize::MAX, false).0.iter().max(), Some(&2));
    // Two APIs: one is where it is tried, and the other follows.
    let two = writers(&[20, 20], usize::MAX, true).0;
    assert_eq!(two[0], 3);
    assert!(two.contains(&6) && two.contains(&8), "{two:?}");
    // Small ones add up to what is learned.
    let small = writers(&[6; 12], usize::MAX, true).0;
    assert_eq!(small.iter().max(), Some(&16), "{small:?}");
}

/// So many enter a lane one after the other, and leave it again, so many of them done.
fn round(lanes: &mut Lanes, key: &LaneKey, count: usize, done: usize) {
    let entered = (0..count).filter(|&unit| lanes.enter(key, false, (Reverse(1), unit)));
    assert_eq!(entered.count(), count);
    (0..count).for_each(|unit| drop(lanes.leave(key, unit, unit < done)));
}

#[test]
fn only_as_many_beside_each_other_as_are_tried_teach_something() {
    let (a, b) = (&LaneKey("a".to_owned()), &LaneKey("b".to_owned()));
    let enter = |lanes: &mut Lanes, key: &LaneKey, units: std::ops::Range<usize>| -> usize {
        units
            .filter(|&unit| lanes.enter(key, false, (Reverse(1), unit)))
            .count()
    };
    let two = || {
        let mut lanes = Lanes::new(true);
        (0..2).for_each(|_| round(&mut lanes, a, 2, 2));
        lanes
    };
    // How many are known to be taken, seen while more are tried elsewhere.
    let known = |lanes: &mut Lanes| {
        enter(lanes, a, 0..3);
        enter(lanes, b, 0..4)
    };
    assert_eq!(known(&mut Lanes::new(true)), 1);
    assert_eq!(known(&mut two()), 2);
    // Four are tried, and three are beside each other.
    let mut lanes = two();
    (0..5).for_each(|_| round(&mut lanes, a, 3, 3));
    assert_eq!(known(&mut lanes), 2);
    // It takes two rounds in which all are taken.
    for (done, expected) in [(3, 2), (4, 4)] {
        let mut lanes = two();
        round(&mut lanes, a, 4, 4);
        round(&mut lanes, a, 4, done);
        assert_eq!(known(&mut lanes), expected);
    }
    // They are tried where the first is full, and there until it is empty.
    let mut lanes = two();
    assert_eq!(enter(&mut lanes, a, 0..2), 2);
    assert_eq!(enter(&mut lanes, b, 0..4), 4);
    let mut lanes = Lanes::new(true);
    assert_eq!(enter(&mut lanes, a, 0..2), 2);
    lanes.leave(a, 0, true);
    assert_eq!(enter(&mut lanes, b, 0..2), 1);
    lanes.leave(a, 1, true);
    assert_eq!(enter(&mut lanes, b, 2..3), 1);
}

#[test]
fn nobody_overtakes_one_that_waits_to_be_alone() {
    let mut nodes = vec![sharing("a"), sharing("a"), node(&[], lane("a"))];
    nodes.extend([node(&[0], None), node(&[3], None), node(&[2], None)]);
    let mut frontier = Frontier::new(nodes, |_| false).learning();
    assert_eq!((frontier.pop(), frontier.pop()), (Some(0), None));
    frontier.settle(0, true);
    assert_eq!(frontier.pop(), Some(2));
}

#[test]
fn subscriptions_of_one_product_go_one_at_a_time() {
    let of = |scope: &str| {
        let scope = format!(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w{scope}"
        );
        let mut content = Content::default();
        content.properties.insert("scope".to_owned(), scope.into());
        let target = "/workspaces/w/subscriptions/x".parse().unwrap();
        let kind = &catalog::SUBSCRIPTION;
        LaneKey::of(kind, &target, Some(&content))
    };
    assert!(of("/products/p").is_some());
    assert_eq!(of("/products/p"), of("/products/P"));
    assert_ne!(of("/products/p"), of("/products/q"));
    assert_eq!(of("/apis/a"), None);
    assert_eq!(of("/apis"), None);
}

#[test]
fn the_longest_chain_goes_first() {
    let nodes = vec![
        node(&[], None),
        node(&[], None),
        node(&[1], None),
        node(&[2], None),
    ];
    let mut frontier = Frontier::new(nodes, |_| false);
    assert_eq!(frontier.pop(), Some(1));
    assert_eq!(frontier.pop(), Some(0));
    assert_eq!(frontier.pop(), None);
    frontier.settle(1, true);
    assert_eq!(frontier.pop(), Some(2));
    // A lane is as urgent as the chain behind it, and all that waits for it.
    let nodes = vec![
        node(&[], lane("a")),
        node(&[], lane("a")),
        node(&[], None),
        node(&[2], None),
        node(&[3], None),
    ];
    assert_eq!(Frontier::new(nodes, |_| false).pop(), Some(0));
}

#[test]
fn a_failure_blocks_what_hangs_on_it_and_nothing_else() {
    let nodes = vec![
        node(&[], None),
        node(&[0], None),
        node(&[1], None),
        node(&[], None),
        node(&[3], None),
    ];
    let mut frontier = Frontier::new(nodes, |_| false);
    assert_eq!(frontier.pop(), Some(0));
    assert_eq!(frontier.settle(0, false), [1, 2]);
    assert_eq!(frontier.blocked_by(2), Some(0));
    assert_eq!(frontier.pop(), Some(3));
    frontier.settle(3, true);
    assert_eq!(frontier.pop(), Some(4));
    frontier.settle(4, true);
    assert_eq!(frontier.pop(), None);
}

#[test]
fn what_was_done_before_is_not_started_again() {
    let nodes = vec![node(&[], None), node(&[0], None)];
    let mut frontier = Frontier::new(nodes, |i| i == 0);
    assert_eq!(frontier.pop(), Some(1));
    assert_eq!(frontier.pop(), None);
}

#[test]
fn what_goes_behind_another_goes_even_when_that_fails() {
    let mut nodes = vec![node(&[], None), node(&[0], None), node(&[], None)];
    nodes[2].behind = vec![1];
    let mut frontier = Frontier::new(nodes, |_| false);
    assert_eq!(frontier.pop(), Some(0));
    assert_eq!(frontier.pop(), None);
    assert_eq!(frontier.settle(0, false), [1]);
    assert_eq!(frontier.pop(), Some(2));
}

#[test]
fn what_takes_another_request_starts_once_more_and_keeps_its_lane_to_one() {
    let nodes = vec![node(&[], lane("a")), node(&[], lane("a")), node(&[0], None)];
    let mut frontier = Frontier::new(nodes, |_| false);
    let first = frontier.pop().unwrap();
    assert_eq!((first, frontier.pop()), (0, None));
    frontier.again(0);
    assert_eq!((frontier.pop(), frontier.pop()), (Some(0), None));
    frontier.settle(0, true);
    let rest = [frontier.pop(), frontier.pop()];
    assert!(rest.contains(&Some(1)) && rest.contains(&Some(2)));
    frontier.again(0);
    assert_eq!(frontier.pop(), None, "what is done is done");
}

#[test]
fn a_cycle_starts_nothing_and_stays_open() {
    let mut frontier = Frontier::new(vec![node(&[1], None), node(&[0], None)], |_| false);
    assert_eq!(frontier.pop(), None);
    assert!(frontier.is_open(0) && frontier.is_open(1));
}

fn graphs() -> impl Strategy<Value = (Vec<Node>, Vec<bool>, Vec<u8>)> {
    (1_usize..24).prop_flat_map(|n| {
        let nodes = (0..n)
            .map(|i| {
                let after = prop::collection::btree_set(0..i.max(1), 0..=i.min(3));
                let behind = prop::option::weighted(0.2, 0..i.max(1));
                let lane_of = prop::option::of(0_u8..3);
                (after, behind, lane_of).prop_map(move |(after, behind, l)| Node {
                    behind: behind
                        .into_iter()
                        .filter(|&b| b < i && !after.contains(&b))
                        .collect(),
                    after: after.into_iter().filter(|&a| a < i).collect(),
                    lane: l.and_then(|l| lane(&l.to_string())),
                    shares: l.is_some_and(|l| l > 0) && i % 5 > 0,
                })
            })
            .collect::<Vec<_>>();
        let done = prop::collection::vec(prop::bool::weighted(0.2), n);
        (nodes, done, prop::collection::vec(any::<u8>(), 64))
    })
}

proptest! {
    #[test]
    fn no_run_breaks_the_rules((nodes, mut done, choices) in graphs(), width in 1_usize..8, failing in prop::bool::ANY, busy in prop::option::of(0_usize..24)) {
        let before = done.clone();
        let mut frontier = Frontier::new(nodes.clone(), |i| before[i]);
        // One that learns nothing has one writer from the beginning.
        let mut narrowed = busy == Some(0);
        if !narrowed { frontier = frontier.learning() }
        let mut settled = 0;
        let mut running: Vec<usize> = Vec::new();
        let mut failed = vec![false; nodes.len()];
        let mut choices = choices.into_iter().cycle();
        loop {
            while running.len() < width {
                let Some(index) = frontier.pop() else { break };
                prop_assert!(!done[index] && !failed[index] && !running.contains(&index));
                prop_assert!(nodes[index].after.iter().all(|&a| done[a]), "started before its needs");
                let first = |&b: &usize| done[b] || failed[b] || frontier.blocked_by(b).is_some();
                prop_assert!(nodes[index].behind.iter().all(first), "overtook");
                if let Some(mine) = &nodes[index].lane {
                    let beside = running.iter().filter(|&&r| nodes[r].lane.as_ref() == Some(mine));
                    let beside: Vec<usize> = beside.copied().collect();
                    let shared = nodes[index].shares && beside.iter().all(|&r| nodes[r].shares);
                    prop_assert!(beside.is_empty() || shared, "beside one that is alone");
                    prop_assert!(beside.is_empty() || !narrowed, "beside others after a 409");
                    prop_assert!(beside.len() < lanes::MOST, "too many in a lane");
                }
                running.push(index);
            }
            if running.is_empty() { break }
            let choice = choices.next().unwrap();
            let index = running.swap_remove(choice as usize % running.len());
            let fails = failing && choice % 5 == 0;
            frontier.settle(index, !fails);
            settled += 1;
            if busy == Some(settled) { frontier.narrow(); narrowed = true }
            if fails { failed[index] = true } else { done[index] = true }
        }
        for (index, &is_done) in done.iter().enumerate() {
            // A second, differently written model of what can be reached.
            let mut needs = vec![index];
            let mut at = 0;
            while at < needs.len() {
                let here = needs[at];
                if !before[here] { needs.extend(nodes[here].after.iter().copied()); }
                at += 1;
            }
            let reachable = needs.iter().all(|&n| !failed[n]);
            prop_assert_eq!(is_done, reachable);
            prop_assert!(!frontier.is_open(index));
        }
    }
}

#[test]
fn who_ran_beside_others_had_company_until_it_runs_again_alone() {
    let mut nodes: Vec<Node> = (0..3).map(|_| sharing("a")).collect();
    nodes.push(node(&[], None));
    let mut frontier = Frontier::new(nodes, |_| false).learning();
    assert_eq!(frontier.pop(), Some(0));
    assert!(!frontier.had_company(0) && !frontier.side_by_side());
    // One API is where two are tried.
    assert_eq!(frontier.pop(), Some(1));
    assert!(frontier.had_company(0) && frontier.had_company(1) && frontier.side_by_side());
    assert_eq!(frontier.pop(), Some(3));
    assert!(!frontier.had_company(3));
    assert_eq!(frontier.pop(), None);
    frontier.narrow();
    assert!(!frontier.side_by_side());
    // What it was is so still, until it goes again.
    assert!(frontier.had_company(0) && frontier.had_company(1));
    frontier.again(0);
    assert_eq!(frontier.pop(), None);
    frontier.settle(1, true);
    assert_eq!(frontier.pop(), Some(0));
    assert!(!frontier.had_company(0) && frontier.had_company(1));
}

#[test]
fn what_is_put_back_is_open_again_and_blocked_is_only_what_hangs_on_a_failure() {
    let nodes = vec![node(&[], None), node(&[0], None), node(&[], None)];
    let mut frontier = Frontier::new(nodes, |_| false);
    assert_eq!((frontier.pop(), frontier.pop()), (Some(0), Some(2)));
    frontier.put_back(0);
    assert!(frontier.is_open(0) && !frontier.is_open(2));
    assert_eq!([0, 1, 2].map(|at| frontier.blocked_by(at)), [None; 3]);
    frontier.settle(2, true);
    frontier.put_back(2);
    assert!(!frontier.is_open(2));
}
