//! A plan → shares of it for several processes, where one has no room for all memories.
//!
//! Every process executes the same program. Invariant: instances that import from one another are
//! made in one process, and in a share operations keep their order, so that no directive can tell.

use super::plan::Plan;
use wasmwright_abi::script::Operation;
use wasmwright_compiler::program::ModuleInput;

/// What one process executes.
#[derive(Debug, PartialEq, Eq)]
pub struct Share {
    /// Encoded operations, one after another.
    pub operations: Vec<u8>,
    /// Where in the plan each of them stands.
    pub positions: Vec<usize>,
}

/// Shares whose instances have at most that many memories, where those that belong together have no
/// more.
pub fn shares(plan: &Plan, memories_at_once: usize) -> Vec<Share> {
    let share_of_module = distribute(&plan.modules, memories_at_once);
    let count = share_of_module.iter().max().map_or(1, |last| last + 1);
    (0..count).map(|share| of_operations(plan, |_, module| share_of_module[module] == share)).collect()
}

/// The operations that belong to a share by their position and module.
pub fn of_operations(plan: &Plan, belongs: impl Fn(usize, usize) -> bool) -> Share {
    let mut share = Share { operations: Vec::new(), positions: Vec::new() };
    for (position, (module, operation)) in operations(plan).enumerate() {
        if belongs(position, module) {
            share.operations.extend(operation);
            share.positions.push(position);
        }
    }
    share
}

/// Each operation of a plan: the module that it is on, its encoding.
pub fn operations(plan: &Plan) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = &plan.operations[..];
    (0..plan.operation_count).map(move |_| {
        let before = rest;
        let operation = Operation::decode(&mut rest).expect("a plan encodes as many operations as it says");
        (module_of(&operation), &before[..before.len() - rest.len()])
    })
}

fn module_of(operation: &Operation<'_>) -> usize {
    let (Operation::Instantiate { module }
    | Operation::Invoke { module, .. }
    | Operation::Get { module, .. }) = operation;
    *module as usize
}

/// The share of each module.
fn distribute(modules: &[ModuleInput<'_>], memories_at_once: usize) -> Vec<usize> {
    let groups = groups(modules);
    let mut share_of_group = vec![None; modules.len()];
    let (mut last_share, mut memories_in_it) = (0, 0);
    for &group in &groups {
        if share_of_group[group].is_none() {
            let members = modules.iter().zip(&groups).filter(|(_, other)| **other == group);
            let memories = members.map(|(module, _)| defined_memories(module)).sum::<usize>();
            if memories_in_it > 0 && memories_in_it + memories > memories_at_once {
                (last_share, memories_in_it) = (last_share + 1, 0);
            }
            memories_in_it += memories;
            share_of_group[group] = Some(last_share);
        }
    }
    groups.iter().map(|&group| share_of_group[group].unwrap_or_default()).collect()
}

/// For each module the first one of those that are linked with it.
fn groups(modules: &[ModuleInput<'_>]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..modules.len()).collect();
    for (index, module) in modules.iter().enumerate() {
        for &provider in module.links.values() {
            let (low, high) = (groups[index].min(groups[provider]), groups[index].max(groups[provider]));
            groups.iter_mut().filter(|group| **group == high).for_each(|group| *group = low);
        }
    }
    groups
}

/// None in a module that is no such one.
fn defined_memories(module: &ModuleInput<'_>) -> usize {
    let Ok(binary) = wat::parse_bytes(&module.bytes) else { return 0 };
    let Ok(module) = wasmwright_compiler::frontend::parse(&binary) else { return 0 };
    module.memories.iter().filter(|memory| memory.import.is_none()).count()
}

#[cfg(test)]
mod tests {
    use super::super::plan::plan;
    use super::*;

    /// Four instances with a memory, of which the first and the last share one.
    const SCRIPT: &str = r#"
        (module $a (memory (export "m") 1) (func (export "f")))
        (register "a" $a)
        (module $b (memory 1) (func (export "f")))
        (module $c (memory 1) (func (export "f")))
        (invoke $b "f")
        (module $d (import "a" "m" (memory 1)) (memory 1) (func (export "f")))
        (invoke $a "f")
        (invoke $c "f")
        (invoke $d "f")"#;

    fn positions(memories_at_once: usize) -> Vec<Vec<usize>> {
        let plan = plan(SCRIPT).unwrap();
        shares(&plan, memories_at_once).into_iter().map(|share| share.positions).collect()
    }

    #[test]
    fn linked_instances_stay_together_and_operations_in_order() {
        assert_eq!(positions(usize::MAX), [[0, 1, 2, 3, 4, 5, 6, 7]]);
        assert_eq!(positions(2), [[0, 4, 5, 7], [1, 2, 3, 6]]);
        assert_eq!(positions(1), [vec![0, 4, 5, 7], vec![1, 3], vec![2, 6]]);
    }

    #[test]
    fn the_operations_of_all_shares_are_those_of_the_plan() {
        let plan = plan(SCRIPT).unwrap();
        let whole = shares(&plan, usize::MAX).remove(0);
        assert_eq!(whole.operations, plan.operations);
        let bytes: usize = shares(&plan, 1).iter().map(|share| share.operations.len()).sum();
        assert_eq!(bytes, plan.operations.len());
    }
}
