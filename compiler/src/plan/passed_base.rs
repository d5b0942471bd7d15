//! Which memory's base all functions of a program hand to one another in a register.
//!
//! A chain of tail calls begins a function every few instructions. If each loaded the base of its
//! memory, that would be a good part of what it does; so it is one more parameter of the functions of
//! programs with tail calls, behind all others, in a register of its own: the one LLVM calls `swiftself`,
//! `r13` on x86-64 and `x20` on AArch64. Calls preserve it, so nobody stores it beside them.
//!
//! Invariant: between its entries in C's convention, which load it, the parameter is the same value
//! wherever control is. So who calls whom makes no difference: whether the callee has that memory, has
//! another one or none, and whether it is called by name, through a table, or as a tail call, which gives
//! the register back as it was on entry. Hence the memory is one for all of the program, its base never
//! changes, and where instances are made at run time calls stay in one instance.

use super::{CallConvention, InstanceModel, ModulePlan, Place};
use crate::options::{Optimization, Options};
use crate::target::System;
use wasmwright_abi::instance::BoundsStrategy;

/// The memory whose base is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedBase {
    /// Where its record is, for every module that has a way there.
    pub place: Place,
}

impl PassedBase {
    /// Decides for a program.
    pub(super) fn choose(
        convention: CallConvention,
        modules: &[ModulePlan<'_>],
        options: &Options,
    ) -> Option<Self> {
        // Code that is not optimised gains nothing, and for other systems there is nothing to try it with.
        let is_worth_it = matches!(convention, CallConvention::Tail(_))
            && options.optimization != Optimization::O0
            && options.target.system == System::Linux;
        // The modules of a library call those of others with their instances, which have memories of
        // their own. Calls for another instance of the same module go through an entry.
        let is_one = modules.iter().all(|module| module.model == InstanceModel::Static) || modules.len() == 1;
        let has_tail_calls = |module: &&ModulePlan<'_>| module.parsed.facts.has_tail_calls;
        let mut candidates = modules.iter().filter(has_tail_calls).filter(|_| is_worth_it && is_one);
        candidates.find_map(|module| Some(Self { place: place_of(module, 0)? }))
    }

    /// Whether it is the base of a module's memory.
    pub fn is_of(self, module: &ModulePlan<'_>, memory: u32) -> bool {
        place_of(module, memory as usize) == Some(self.place)
    }
}

/// Where a memory's record is, said alike by all modules of the program; nowhere, if the memory may move.
fn place_of(module: &ModulePlan<'_>, memory: usize) -> Option<Place> {
    let plan = module.memories.get(memory)?;
    if plan.strategy != BoundsStrategy::GuardPages {
        return None;
    }
    match (module.model, plan.place) {
        (InstanceModel::Static, Place::Own(offset)) => Some(Place::Other { module: module.index, offset }),
        (InstanceModel::Static, Place::Slot(_)) => None,
        (InstanceModel::Static, place @ Place::Other { .. }) => Some(place),
        (InstanceModel::Passed, place) => Some(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend;
    use crate::options::{BoundsChecks, Emit, Entry};
    use crate::plan::plan;
    use crate::program::ModuleInput;

    const TAIL_CALL: &str = "(func $f (export \"run\") (return_call $f))";

    /// The place for a program of modules, each of which may import from those before it as `m0`, `m1`.
    fn place(texts: &[&str], options: &Options) -> Option<Place> {
        let module = |text: &&str| wat::parse_str(format!("(module {text})")).unwrap();
        let binaries: Vec<Vec<u8>> = texts.iter().map(module).collect();
        let links = |module: usize| (0..module).map(|earlier| (format!("m{earlier}"), earlier)).collect();
        let input = |(number, bytes)| ModuleInput { links: links(number), ..ModuleInput::new("m", bytes) };
        let inputs: Vec<_> = binaries.iter().enumerate().map(input).collect();
        let parsed = inputs.iter().map(|input| frontend::parse(&input.bytes).unwrap()).collect();
        let mut options = options.clone();
        if !options.is_library() {
            options.entry = Entry::Invoke("run".into());
        }
        plan(&inputs, parsed, &options).unwrap().passed_base.map(|passed| passed.place)
    }

    fn alone(text: &str) -> Option<Place> {
        place(&[text], &Options::default())
    }

    #[test]
    fn it_is_that_of_memory_0_where_there_are_tail_calls() {
        let with_memory = |memory: &str| alone(&format!("{TAIL_CALL} {memory}"));
        assert!(matches!(with_memory("(memory 1)"), Some(Place::Other { module: 0, .. })));
        assert_eq!(with_memory("(memory 1) (memory 1)"), with_memory("(memory 1)"));
        assert_eq!(with_memory(""), None);
        assert_eq!(with_memory("(memory i64 1) (memory 1)"), None);
        assert_eq!(with_memory("(memory 1 (pagesize 1))"), None);
        assert_eq!(alone("(func (export \"run\")) (memory 1)"), None);
    }

    #[test]
    fn memories_that_may_move_and_code_that_is_not_optimised_have_none() {
        let text = format!("{TAIL_CALL} (memory 1)");
        let explicit = Options { bounds_checks: BoundsChecks::Explicit, ..Options::default() };
        let unoptimised = Options { optimization: Optimization::O0, ..Options::default() };
        for options in [explicit, unoptimised] {
            assert_eq!(place(&[&text], &options), None);
        }
    }

    #[test]
    fn the_modules_of_a_program_have_one_and_those_of_a_library_none() {
        let lib = "(memory (export \"memory\") 1) (func (export \"f\"))";
        let main = format!("(import \"m0\" \"memory\" (memory 1)) {TAIL_CALL}");
        let options = Options::default();
        assert!(matches!(place(&[lib, &main], &options), Some(Place::Other { module: 0, .. })));
        let own = format!("(import \"m0\" \"f\" (func)) (memory 1) {TAIL_CALL}");
        assert!(matches!(place(&[lib, &own], &options), Some(Place::Other { module: 1, .. })));
        let library = Options { emit: Emit::Shared, ..options };
        assert_eq!(place(&[lib, &main], &library), None);
        let alone = format!("{lib} {TAIL_CALL}");
        assert!(matches!(place(&[&alone], &library), Some(Place::Own(_))));
        let given = format!("(import \"host\" \"memory\" (memory 1)) {TAIL_CALL}");
        assert!(matches!(place(&[&given], &library), Some(Place::Slot(_))));
    }
}
