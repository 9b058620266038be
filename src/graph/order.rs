//! Order: what must come before what, and where that is impossible.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Sorts items so that each comes after everything it needs; of those that are
/// free to go, the one with the smallest key comes first.
///
/// `needs` holds pairs of an item and what it needs, as indices into `keys`.
///
/// # Errors
/// When that is impossible: the groups of items that need each other, each
/// group sorted.
pub fn order<K: Ord + Clone>(
    keys: &[K],
    needs: &[(usize, usize)],
) -> Result<Vec<usize>, Vec<Vec<usize>>> {
    let mut waits = vec![0_usize; keys.len()];
    let mut unlocks: Vec<Vec<usize>> = vec![Vec::new(); keys.len()];
    for &(item, need) in needs {
        waits[item] += 1;
        unlocks[need].push(item);
    }
    let mut ready: BinaryHeap<Reverse<(K, usize)>> = (0..keys.len())
        .filter(|i| waits[*i] == 0)
        .map(|i| Reverse((keys[i].clone(), i)))
        .collect();
    let mut sorted = Vec::with_capacity(keys.len());
    while let Some(Reverse((_, item))) = ready.pop() {
        sorted.push(item);
        for &next in &unlocks[item] {
            waits[next] -= 1;
            if waits[next] == 0 {
                ready.push(Reverse((keys[next].clone(), next)));
            }
        }
    }
    if sorted.len() == keys.len() {
        return Ok(sorted);
    }
    Err(cycles(keys.len(), needs))
}

/// Finds the groups of items that need each other, themselves included.
pub fn cycles(count: usize, needs: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<usize, ()> = DiGraph::with_capacity(count, needs.len());
    let nodes: Vec<NodeIndex> = (0..count).map(|i| graph.add_node(i)).collect();
    for &(item, need) in needs {
        graph.add_edge(nodes[item], nodes[need], ());
    }
    let mut found: Vec<Vec<usize>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|group| match group.as_slice() {
            [only] => graph.contains_edge(*only, *only),
            _ => true,
        })
        .map(|group| {
            let mut items: Vec<usize> = group.into_iter().map(|n| graph[n]).collect();
            items.sort_unstable();
            items
        })
        .collect();
    found.sort();
    found
}

/// Gives each distinct item a number, for the functions above.
pub fn numbered<T: Eq + Hash>(items: impl IntoIterator<Item = T>) -> HashMap<T, usize> {
    items.into_iter().enumerate().map(|(i, t)| (t, i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_are_broken_by_key() {
        assert_eq!(order(&["c", "b", "a"], &[(2, 0)]), Ok(vec![1, 0, 2]));
    }

    #[test]
    fn cycles_are_given_with_their_members() {
        assert_eq!(
            order(&[0, 1, 2, 3], &[(0, 1), (1, 0), (2, 0), (3, 3)]),
            Err(vec![vec![0, 1], vec![3]])
        );
    }

    proptest! {
        #[test]
        fn everything_comes_after_what_it_needs(edges in proptest::collection::vec((0_usize..30, 0_usize..30), 0..80)) {
            let forward: Vec<_> = edges.into_iter().filter(|(a, b)| a > b).collect();
            let keys: Vec<usize> = (0..30).map(|i| (i * 7) % 30).collect();
            let sorted = order(&keys, &forward).unwrap();
            let mut at = vec![0; 30];
            for (position, item) in sorted.iter().enumerate() {
                at[*item] = position;
            }
            prop_assert!(forward.iter().all(|(item, need)| at[*item] > at[*need]));
        }

        #[test]
        fn an_order_exists_unless_there_is_a_cycle(edges in proptest::collection::vec((0_usize..12, 0_usize..12), 0..30)) {
            let keys: Vec<usize> = (0..12).collect();
            let has_cycle = !cycles(12, &edges).is_empty();
            prop_assert_eq!(order(&keys, &edges).is_err(), has_cycle);
        }
    }
}
