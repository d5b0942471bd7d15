//! Cuts the modules into codegen units: by content, never by the number of threads, so that the
//! same input gives the same units on any machine. Small modules that are linked with one another are
//! one unit, so that their functions can be inlined into each other.

use super::{Effort, ModulePlan};
use crate::frontend::index::DefinedFuncIndex;
use crate::options::{Emit, Entry, Options};
use std::ops::Range;

/// Modules with less code than this are one unit: LLVM then sees all of it.
const SINGLE_UNIT_BYTES: usize = 256 << 10;

/// Code after which a unit may end, at a function whose content says so.
const UNIT_MINIMUM_BYTES: usize = 96 << 10;

/// Code after which it ends in any case.
const UNIT_MAXIMUM_BYTES: usize = 384 << 10;

/// What is compiled together, in one LLVM context.
#[derive(Clone, Debug)]
pub struct CodegenUnit {
    /// Parts of modules, in the order of these: one, or every module as a whole.
    pub parts: Vec<UnitPart>,
    /// Bytes of Wasm code in it.
    pub code_bytes: usize,
    /// The least that any of its functions allows.
    pub effort: Effort,
}

/// Functions of a module.
#[derive(Clone, Debug)]
pub struct UnitPart {
    /// Position of the module.
    pub module: usize,
    /// Position of the part in the module. Part 0 also holds the entries, the wrappers and the
    /// initialize function.
    pub index: usize,
    /// Its functions.
    pub functions: Range<usize>,
    /// Whether its unit holds all of the program, so that what nobody outside names can be internal.
    pub whole_program: bool,
}

impl UnitPart {
    /// Whether it also holds the entries, the wrappers and the initialize function.
    pub fn is_first(&self) -> bool {
        self.index == 0
    }
}

/// Cuts all modules.
pub fn partition(modules: &[ModulePlan<'_>], options: &Options) -> Vec<CodegenUnit> {
    let one_unit = options.target.is_object_only()
        || matches!(options.emit, Emit::Assembly | Emit::LlvmIr | Emit::LlvmBitcode);
    let units: Vec<CodegenUnit> =
        modules.iter().flat_map(|module| partition_module(module, one_unit)).collect();
    let code_bytes = units.iter().map(|unit| unit.code_bytes).sum();
    let is_small = one_unit || code_bytes < SINGLE_UNIT_BYTES;
    // What debuggers are told of a unit is of one module. The modules of a script come and go.
    let apart = options.debug || options.entry == Entry::Script;
    if units.len() != modules.len() || (units.len() > 1 && (!is_small || apart)) {
        return units;
    }
    let effort = units.iter().map(|unit| unit.effort).max().unwrap_or(Effort::Full);
    let parts = units.into_iter().flat_map(|unit| unit.parts);
    let parts = parts.map(|part| UnitPart { whole_program: true, ..part }).collect();
    vec![CodegenUnit { parts, code_bytes, effort }]
}

fn partition_module(module: &ModulePlan<'_>, one_unit: bool) -> Vec<CodegenUnit> {
    let bodies = &module.parsed.bodies;
    let effort = |position: usize| Effort::of(&module.parsed, DefinedFuncIndex::from(position));
    let total: usize = bodies.iter().map(|body| body.bytes.len()).sum();
    // One for which little is done would have its neighbours lose as much.
    let has_least = || (0..bodies.len()).any(|position| effort(position) == Effort::Least);
    let whole = one_unit || (total < SINGLE_UNIT_BYTES && !has_least());
    let mut units = Vec::new();
    let (mut start, mut code_bytes) = (0, 0);
    for (position, body) in bodies.iter().enumerate() {
        // What has less done for it is a unit of its own, so that its neighbours have all.
        let alone = effort(position) != Effort::Full;
        if alone && !whole && position > start {
            units.push(start..position);
            (start, code_bytes) = (position, 0);
        }
        code_bytes += body.bytes.len();
        let full = alone
            || code_bytes >= UNIT_MAXIMUM_BYTES
            || (code_bytes >= UNIT_MINIMUM_BYTES && content_hash(body.bytes).is_multiple_of(16));
        if full && !whole && position + 1 < bodies.len() {
            units.push(start..position + 1);
            (start, code_bytes) = (position + 1, 0);
        }
    }
    units.push(start..bodies.len());
    let unit = |(index, functions): (usize, Range<usize>)| CodegenUnit {
        code_bytes: bodies[functions.clone()].iter().map(|body| body.bytes.len()).sum(),
        effort: functions.clone().map(effort).max().unwrap_or(Effort::Full),
        parts: vec![UnitPart { module: module.index, index, functions, whole_program: false }],
    };
    units.into_iter().enumerate().map(unit).collect()
}

/// FNV-1a over the bytes of a body.
fn content_hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
