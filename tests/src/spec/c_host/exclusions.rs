//! What the C interface of libraries cannot say: rules that look at a script's modules and the order
//! of its operations alone, so that nothing is left out because it fails.

use super::super::plan::{Decision, Expectation, Plan, SPECTEST_NAME};
use super::super::share::operations;
use super::reach::{self, Reach};
use std::collections::BTreeSet;
use wasmwright_abi::script::Operation;
use wasmwright_compiler::frontend::ParsedModule;
use wasmwright_compiler::frontend::index::FuncIndex;
use wasmwright_compiler::frontend::module::{Item, SegmentMode};

/// Why an operation is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// It would call through a reference that may be to a function of an instance that was not to be had:
    /// nobody could ever free that, so that such references become null.
    Reference,
}

impl Exclusion {
    /// In the order of their numbers.
    pub const ALL: [Self; 1] = [Self::Reference];

    /// For reports.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Reference => "a reference may be to a function of an instance that was not to be had",
        }
    }
}

/// For each operation of a plan why it is left out, or nothing.
pub fn of_operations(plan: &Plan) -> Vec<Option<Exclusion>> {
    let binaries: Vec<_> =
        plan.modules.iter().map(|module| wat::parse_bytes(&module.bytes).expect("it is admitted")).collect();
    let mut rules = Rules {
        plan,
        modules: binaries
            .iter()
            .map(|binary| wasmwright_compiler::frontend::parse(binary).expect("it is admitted"))
            .collect(),
        absent: vec![None; plan.modules.len()],
        lost: BTreeSet::new(),
    };
    let failing = plan.directives.iter().filter_map(|directive| match directive.decision {
        Decision::Outcome { operation, expected: Expectation::Trap(_) } => Some(operation),
        _ => None,
    });
    let failing: BTreeSet<usize> = failing.collect();
    operations(plan)
        .enumerate()
        .map(|(position, (module, mut encoded))| match Operation::decode(&mut encoded) {
            Some(Operation::Instantiate { .. }) => {
                if failing.contains(&position) {
                    rules.lose(module);
                }
                rules.instantiate(module)
            }
            Some(Operation::Invoke { export, .. }) => rules.absent[module].or_else(|| {
                let export = str::from_utf8(export).ok()?;
                match rules.modules[module].export(export)? {
                    Item::Function(function) => rules.call(module, function),
                    _ => None,
                }
            }),
            _ => rules.absent[module],
        })
        .collect()
}

/// An item of an instance, by the position of its module.
type Place = (usize, Item);

struct Rules<'a> {
    plan: &'a Plan,
    modules: Vec<ParsedModule<'a>>,
    /// Instances that are left out.
    absent: Vec<Option<Exclusion>>,
    /// The tables of others that instances wrote to that were not to be had, by where they are defined.
    lost: BTreeSet<Place>,
}

impl Rules<'_> {
    fn instantiate(&mut self, module: usize) -> Option<Exclusion> {
        let providers = self.plan.modules[module].links.values();
        self.absent[module] = providers.filter_map(|&provider| self.absent[provider]).next();
        if self.absent[module].is_none() {
            let start = self.modules[module].start;
            self.absent[module] = start.and_then(|start| self.call(module, start));
        }
        self.absent[module]
    }

    /// Notes which tables have references to functions of an instance that is not to be had.
    fn lose(&mut self, module: usize) {
        for segment in &self.modules[module].elements {
            if let SegmentMode::Active { target, .. } = segment.mode {
                let place = self.origin(module, Item::Table(target));
                self.lost.extend(place.filter(|place| place.0 != module));
            }
        }
    }

    /// Where an item is defined.
    fn origin(&self, module: usize, item: Item) -> Option<Place> {
        let parsed = &self.modules[module];
        let position = match item {
            Item::Function(index) => parsed.functions[index.index()].import,
            Item::Table(index) => parsed.tables[index.index()].import,
            Item::Memory(index) => parsed.memories[index.index()].import,
            Item::Global(index) => parsed.globals[index.index()].import,
            Item::Tag(index) => parsed.tags[index.index()].import,
        };
        let Some(position) = position else { return Some((module, item)) };
        let import = &parsed.imports[position];
        let provider = *self.plan.modules[module].links.get(import.module)?;
        self.origin(provider, self.modules[provider].export(import.name)?)
    }

    /// Whether an instance has a table with references that became null.
    fn has_lost(&self, module: usize) -> bool {
        let tables = (0..self.modules[module].tables.len()).map(|index| Item::Table(index.into()));
        tables.filter_map(|table| self.origin(module, table)).any(|place| self.lost.contains(&place))
    }

    fn is_spectest(&self, module: usize) -> bool {
        self.plan.modules[module].name == SPECTEST_NAME
    }

    /// Why a call is left out.
    fn call(&self, module: usize, function: FuncIndex) -> Option<Exclusion> {
        let reach = self.reach(module, function)?;
        if reach.calls_references && self.has_lost(module) {
            return Some(Exclusion::Reference);
        }
        let mut callees = reach.imported.iter().filter_map(|&callee| self.provided(module, callee));
        callees.find_map(|(provider, callee)| self.call(provider, callee))
    }

    /// What a call may execute; nothing where the host itself is the instance.
    fn reach(&self, module: usize, function: FuncIndex) -> Option<Reach> {
        (!self.is_spectest(module)).then(|| reach::of(&self.modules[module], function))
    }

    /// The function behind an imported one, of the instance that it is imported from.
    fn provided(&self, module: usize, imported: usize) -> Option<(usize, FuncIndex)> {
        let position = self.modules[module].functions[imported].import?;
        let import = &self.modules[module].imports[position];
        let provider = *self.plan.modules[module].links.get(import.module)?;
        match self.modules[provider].export(import.name)? {
            Item::Function(function) => Some((provider, function)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::plan;
    use super::*;

    /// More of them are a step back, and fewer a reason to write the number down here.
    #[test]
    fn the_suite_has_so_many_directives_that_are_not_for_hosts_in_c() {
        let mut counts = [0; Exclusion::ALL.len()];
        for script in super::super::super::corpus::scripts() {
            // Only such scripts have an instance that another one imports from.
            if script.text.contains("(register") {
                lines(script.text).into_iter().for_each(|(_, exclusion)| counts[exclusion as usize] += 1);
            }
        }
        assert_eq!(counts, [33]);
    }

    /// The exclusions of the directives that are operations, by line; none of a text of unknown syntax.
    fn lines(script: &str) -> Vec<(usize, Exclusion)> {
        let Ok(plan) = plan::plan(script) else { return Vec::new() };
        let of_operations = of_operations(&plan);
        let excluded = plan.directives.iter().filter_map(|directive| match directive.decision {
            plan::Decision::Outcome { operation, .. } => Some((directive.line, of_operations[operation]?)),
            plan::Decision::Made(_) => None,
        });
        excluded.collect()
    }

    #[test]
    fn references_to_what_was_not_to_be_had_are_not_called() {
        let script = r#"(module $a (table (export "t") 2 funcref)
                (func (export "direct")) (func (export "indirect") (call_indirect (i32.const 0))))
            (register "a")
            (module $b (import "a" "t" (table 1 funcref)) (elem (i32.const 0) 0) (func))
            (invoke $a "indirect")
            (assert_trap (module (import "a" "t" (table 1 funcref)) (elem (i32.const 0) 0) (func) (start 1)
                (func unreachable)) "unreachable")
            (invoke $a "direct")
            (invoke $a "indirect")"#;
        assert_eq!(lines(script), [(9, Exclusion::Reference)]);
    }
}
