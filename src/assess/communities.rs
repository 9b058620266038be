//! Groups in a graph, found by modularity: there are more ties within a group
//! than chance would have, and fewer between groups.
//!
//! This is the method of Louvain. Each node goes, in turn, to the group of a
//! neighbour that gains most by it, until none wants to move; then groups become
//! nodes, and it begins again. Nodes are visited in their order and of equal
//! gains the first group's counts, so that the same ties give the same groups.

use std::collections::BTreeMap;

/// Gains less than this are none: sums of parts are not exact.
const LEAST: f64 = 1e-9;

/// Ties between two nodes, the lower one first.
pub(super) type Ties = BTreeMap<(usize, usize), f64>;

/// The group of each of so many nodes, numbered by their first nodes.
pub(super) fn communities(nodes: usize, ties: &Ties) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..nodes).collect();
    let mut level: Ties = ties.clone();
    let mut count = nodes;
    loop {
        let moved = settled(count, &level);
        let (numbers, fewer) = numbered(&moved);
        for group in &mut groups {
            *group = numbers[*group];
        }
        if fewer == count {
            return groups;
        }
        level = joined(&level, &numbers);
        count = fewer;
    }
}

/// One round: where each node settles. A tie of a node with itself is what its
/// members have among each other.
fn settled(nodes: usize, ties: &Ties) -> Vec<usize> {
    let mut near: Vec<Vec<(usize, f64)>> = vec![Vec::new(); nodes];
    let mut degree = vec![0.0; nodes];
    for (&(a, b), &weight) in ties {
        degree[a] += weight;
        degree[b] += weight;
        if a != b {
            near[a].push((b, weight));
            near[b].push((a, weight));
        }
    }
    let all: f64 = degree.iter().sum();
    let mut group: Vec<usize> = (0..nodes).collect();
    let mut total = degree.clone();
    // Each move gains; the bound is for what rounding might do.
    for _ in 0..100 {
        let mut moved = false;
        for node in 0..nodes {
            let own = group[node];
            total[own] -= degree[node];
            let mut to: BTreeMap<usize, f64> = BTreeMap::from([(own, 0.0)]);
            for &(other, weight) in &near[node] {
                *to.entry(group[other]).or_default() += weight;
            }
            let gain = |(at, weight): (&usize, &f64)| weight - total[*at] * degree[node] / all;
            let mut best = (own, to.get_key_value(&own).map_or(0.0, gain));
            for entry in &to {
                let gained = gain(entry);
                if gained > best.1 + LEAST {
                    best = (*entry.0, gained);
                }
            }
            total[best.0] += degree[node];
            group[node] = best.0;
            moved |= best.0 != own;
        }
        if !moved {
            break;
        }
    }
    group
}

/// New numbers, in the order of first nodes, and how many there are.
fn numbered(groups: &[usize]) -> (Vec<usize>, usize) {
    let mut known: BTreeMap<usize, usize> = BTreeMap::new();
    let mut numbers = Vec::with_capacity(groups.len());
    for group in groups {
        let next = known.len();
        numbers.push(*known.entry(*group).or_insert(next));
    }
    (numbers, known.len())
}

fn joined(ties: &Ties, numbers: &[usize]) -> Ties {
    let mut joined = Ties::new();
    for (&(a, b), weight) in ties {
        let (a, b) = (numbers[a], numbers[b]);
        *joined.entry((a.min(b), a.max(b))).or_default() += weight;
    }
    joined
}

/// Joins groups until there are no more than so many, where that fits: those
/// first that have most ties beyond chance, and of equals the smallest.
pub(super) fn merged(
    groups: &[usize],
    ties: &Ties,
    sizes: &[usize],
    to: usize,
    most: usize,
) -> Vec<usize> {
    let (mut numbers, mut count) = numbered(groups);
    while count > to.max(1) {
        let between = joined(ties, &numbers);
        let mut size = vec![0; count];
        for (node, group) in numbers.iter().enumerate() {
            size[*group] += sizes[node];
        }
        let mut degree = vec![0.0; count];
        for (&(a, b), weight) in &between {
            degree[a] += weight;
            degree[b] += weight;
        }
        let all: f64 = degree.iter().sum();
        let mut best: Option<(f64, usize, (usize, usize))> = None;
        for a in 0..count {
            for b in a + 1..count {
                let both = size[a] + size[b];
                let tie = between.get(&(a, b)).copied().unwrap_or_default();
                // More than chance would have, as above.
                let chance = degree[a] * degree[b] / all;
                let weight = tie - if all > 0.0 { chance } else { 0.0 };
                let is_better = best
                    .is_none_or(|(w, s, _)| weight > w + LEAST || (weight > w - LEAST && both < s));
                if both <= most && is_better {
                    best = Some((weight, both, (a, b)));
                }
            }
        }
        let Some((.., (a, b))) = best else { break };
        for group in &mut numbers {
            if *group == b {
                *group = a;
            }
        }
        (numbers, count) = numbered(&numbers);
    }
    numbers
}

/// Splits the largest groups until there are so many, as far as there are nodes:
/// between what belongs together within them, or in the middle where all is of
/// one piece.
pub(super) fn split(groups: &[usize], ties: &Ties, to: usize) -> Vec<usize> {
    let (mut numbers, mut count) = numbered(groups);
    while count < to {
        let mut members = vec![Vec::new(); count];
        for (node, group) in numbers.iter().enumerate() {
            members[*group].push(node);
        }
        let largest = members.iter().rev().max_by_key(|members| members.len());
        let Some(largest) = largest.filter(|members| members.len() > 1) else {
            break;
        };
        for node in apart(largest, ties) {
            numbers[node] = count;
        }
        (numbers, count) = numbered(&numbers);
    }
    numbers
}

/// Those of a group's nodes that are the first to go when it is split.
fn apart(members: &[usize], ties: &Ties) -> Vec<usize> {
    let at = |node: usize| members.binary_search(&node).ok();
    let within = (ties.iter()).filter_map(|((a, b), weight)| Some(((at(*a)?, at(*b)?), *weight)));
    let within: Ties = within.collect();
    let parts = settled(members.len(), &within);
    let halves = merged(&parts, &within, &vec![1; members.len()], 2, usize::MAX);
    let middle = members.len() / 2;
    let whole = halves.iter().all(|half| *half == 0);
    let goes = |place: usize| {
        if whole {
            place >= middle
        } else {
            halves[place] == 1
        }
    };
    let nodes = members.iter().enumerate();
    nodes
        .filter(|(place, _)| goes(*place))
        .map(|(_, node)| *node)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Cliques with one weak tie from each to the next are found again.
        #[test]
        fn known_communities_are_found(sizes in prop::collection::vec(3usize..9, 2..8)) {
            let mut ties = Ties::new();
            let mut known = Vec::new();
            for (group, size) in sizes.iter().enumerate() {
                let first = known.len();
                for a in first..first + size {
                    for b in a + 1..first + size {
                        ties.insert((a, b), 1.0);
                    }
                }
                if first > 0 {
                    ties.insert((first - 1, first), 0.1);
                }
                known.extend(vec![group; *size]);
            }
            prop_assert_eq!(communities(known.len(), &ties), known);
        }

        #[test]
        fn groups_are_joined_to_as_many_as_asked(n in 1usize..20, to in 1usize..5) {
            let groups: Vec<usize> = (0..n).collect();
            let joined = merged(&groups, &Ties::new(), &vec![1; n], to, usize::MAX);
            let (_, count) = numbered(&joined);
            prop_assert_eq!(count, n.min(to));
        }
    }

    #[test]
    fn the_largest_are_split_where_least_holds_them() {
        // Two pairs and a node between them; all three hold together.
        let ties = Ties::from([((0, 1), 9.0), ((1, 2), 1.0), ((2, 3), 9.0), ((3, 4), 9.0)]);
        assert_eq!(split(&[0; 5], &ties, 2), [0, 0, 1, 1, 1]);
        let clique: Ties = (0..4)
            .flat_map(|a| (a + 1..4).map(move |b| ((a, b), 1.0)))
            .collect();
        assert_eq!(split(&[0, 0, 0, 0, 1], &clique, 3), [0, 0, 1, 1, 2]);
        assert_eq!(split(&[0, 0], &Ties::new(), 5), [0, 1]);
        assert_eq!(split(&[0, 1, 0], &clique, 2), [0, 1, 0]);
    }

    #[test]
    fn what_has_no_ties_stays_alone_and_what_would_not_fit_is_not_joined() {
        assert_eq!(communities(3, &Ties::new()), [0, 1, 2]);
        assert_eq!(
            merged(&[0, 1, 2], &Ties::new(), &[2, 2, 2], 1, 4),
            [0, 0, 1]
        );
    }
}
