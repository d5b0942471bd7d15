//! What the C interface of libraries cannot say: rules that look at a script's modules and the order
//! of its operations alone, so that nothing is left out because it fails.

use super::super::plan::{Plan, SPECTEST_NAME};
use super::super::share::operations;
use super::reach::{self, Reach};
use std::collections::{BTreeMap, BTreeSet};
use wasmwright_abi::script::Operation;
use wasmwright_compiler::frontend::ParsedModule;
use wasmwright_compiler::frontend::index::FuncIndex;
use wasmwright_compiler::frontend::module::Item;
use wasmwright_compiler::frontend::types::{HeapType, ReferenceType, ValueType};

/// Why an operation is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// It would call through a reference that may be to a function of another library.
    Reference,
    /// An exception may come out of a function of another instance into a handler, and C has none.
    Exception,
}

impl Exclusion {
    /// In the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Reference, Self::Exception];

    /// For reports.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Reference => "a function of another library may be called through a reference",
            Self::Exception => "an exception may pass through a function of the host",
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
        holds_foreign: vec![false; plan.modules.len()],
        table_users: BTreeMap::new(),
    };
    operations(plan)
        .map(|(module, mut encoded)| match Operation::decode(&mut encoded) {
            Some(Operation::Instantiate { .. }) => rules.instantiate(module),
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
    /// Instances that may hold a reference to a function of another library.
    holds_foreign: Vec<bool>,
    /// The instances that have a table of functions, by where it is defined.
    table_users: BTreeMap<Place, BTreeSet<usize>>,
}

impl Rules<'_> {
    fn instantiate(&mut self, module: usize) -> Option<Exclusion> {
        let imports = self.modules[module].imports.clone();
        let providers = self.plan.modules[module].links.values();
        self.absent[module] = providers.filter_map(|&provider| self.absent[provider]).next();
        if self.absent[module].is_none() {
            for import in &imports {
                if let Some(origin) = self.origin(module, import.item) {
                    self.link(module, import.item, origin);
                }
            }
            let start = self.modules[module].start;
            self.absent[module] = start.and_then(|start| self.call(module, start));
        }
        self.absent[module]
    }

    /// Where an imported item is defined.
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

    /// Notes what comes with an import: references to functions of another library.
    fn link(&mut self, module: usize, item: Item, origin: Place) {
        let foreign = !self.is_same_library(module, origin.0) && !self.is_spectest(origin.0);
        match item {
            Item::Table(index) if is_of_functions(self.modules[module].tables[index.index()].element) => {
                let definer = (!self.is_spectest(origin.0)).then_some(origin.0);
                self.table_users.entry(origin).or_default().extend(definer.into_iter().chain([module]));
                let users = self.table_users[&origin].clone();
                if users.iter().any(|&user| !self.is_same_library(user, module)) {
                    users.into_iter().for_each(|user| self.holds_foreign[user] = true);
                }
            }
            Item::Global(index) => {
                let global = &self.modules[module].globals[index.index()];
                let (ty, mutable) = (global.ty, global.mutable);
                self.holds_foreign[module] |= foreign && is_function(ty);
                self.holds_foreign[origin.0] |= foreign && is_function(ty) && mutable;
            }
            Item::Function(index) if foreign => {
                let ty = self.modules[module].function_type(index);
                if ty.parameters.iter().chain(&ty.results).any(|&ty| is_function(ty)) {
                    self.holds_foreign[module] = true;
                    self.holds_foreign[origin.0] = true;
                }
            }
            _ => {}
        }
    }

    fn is_spectest(&self, module: usize) -> bool {
        self.plan.modules[module].name == SPECTEST_NAME
    }

    /// Whether two modules are one, and so instances of one library.
    fn is_same_library(&self, one: usize, other: usize) -> bool {
        self.plan.modules[one].bytes == self.plan.modules[other].bytes
    }

    /// Why a call is left out.
    fn call(&self, module: usize, function: FuncIndex) -> Option<Exclusion> {
        let reach = self.reach(module, function)?;
        if reach.calls_references && self.holds_foreign[module] {
            return Some(Exclusion::Reference);
        }
        let mut callees = reach.imported.iter().filter_map(|&callee| self.provided(module, callee));
        callees.find_map(|(provider, callee)| {
            let throws = reach.catches && self.throws(provider, callee);
            throws.then_some(Exclusion::Exception).or_else(|| self.call(provider, callee))
        })
    }

    /// Whether an exception may come out of a call.
    fn throws(&self, module: usize, function: FuncIndex) -> bool {
        self.reach(module, function).is_some_and(|reach| {
            let mut callees = reach.imported.iter().filter_map(|&callee| self.provided(module, callee));
            reach.throws || callees.any(|(provider, callee)| self.throws(provider, callee))
        })
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

fn is_function(ty: ValueType) -> bool {
    matches!(ty, ValueType::Reference(reference) if is_of_functions(reference))
}

fn is_of_functions(reference: ReferenceType) -> bool {
    matches!(reference.heap, HeapType::Func | HeapType::NoFunc | HeapType::Defined(_))
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
        assert_eq!(counts, [193, 3]);
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
    fn what_other_libraries_cannot_reach_is_executed() {
        let script = r#"(module $a (table (export "t") 1 funcref) (memory (export "m") 1)
                (func (export "direct")) (func (export "indirect") (call_indirect (i32.const 0))))
            (register "a")
            (invoke "indirect")
            (module $b (import "a" "m" (memory 1)) (import "a" "indirect" (func $f)) (func (export "f") (call $f)))
            (invoke "f")
            (module $c (import "a" "t" (table 1 funcref)))
            (invoke $a "direct")
            (invoke $a "indirect")
            (invoke $b "f")"#;
        assert_eq!(lines(script), [(9, Exclusion::Reference), (10, Exclusion::Reference)]);
    }

    #[test]
    fn instances_of_one_library_share_their_references() {
        let script = r#"(module definition $d (import "spectest" "table" (table 1 funcref))
                (func (export "f") (call_indirect (i32.const 0))))
            (module instance $a $d)
            (module instance $b $d)
            (invoke $a "f")
            (module $c (import "spectest" "table" (table 1 funcref)))
            (invoke $a "f")"#;
        assert_eq!(lines(script), [(7, Exclusion::Reference)]);
    }

    #[test]
    fn exceptions_end_at_the_host() {
        let script = r#"(module (tag $e (export "e")) (func (export "throw") (throw $e)) (func (export "not")))
            (register "a")
            (invoke "throw")
            (module (import "a" "throw" (func $throw)) (import "a" "not" (func $not))
                (func (export "catch") (block (try_table (catch_all 0) (call $throw))))
                (func (export "calls") (call $throw))
                (func (export "catches") (block (try_table (catch_all 0) (call $not)))))
            (invoke "catch")
            (invoke "calls")
            (invoke "catches")
            (module $tag (import "a" "e" (tag)))"#;
        assert_eq!(lines(script), [(8, Exclusion::Exception)]);
    }
}
