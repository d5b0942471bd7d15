//! Cuts the modules into codegen units: by content, never by the number of threads, so that the
//! same input gives the same units on any machine.

use super::ModulePlan;
use crate::options::{Emit, Options};

/// A module with less code than this is one unit: LLVM then sees all of it.
const SINGLE_UNIT_BYTES: usize = 256 << 10;

/// Code after which a unit may end, at a function whose content says so.
const UNIT_MINIMUM_BYTES: usize = 96 << 10;

/// Code after which it ends in any case.
const UNIT_MAXIMUM_BYTES: usize = 384 << 10;

/// Functions that are compiled together, in one LLVM context.
#[derive(Clone, Debug)]
pub struct CodegenUnit {
    /// Position of the module.
    pub module: usize,
    /// Position of the unit in the module. Unit 0 also holds the entries, the wrappers and the
    /// initialize function.
    pub index: usize,
    /// Its functions.
    pub functions: std::ops::Range<usize>,
    /// Whether it holds all of the module, so that what nobody outside names can be internal.
    pub whole_module: bool,
    /// Bytes of Wasm code in it.
    pub code_bytes: usize,
}

impl CodegenUnit {
    /// Whether it also holds the entries, the wrappers and the initialize function.
    pub fn is_first(&self) -> bool {
        self.index == 0
    }
}

/// Cuts all modules.
pub fn partition(modules: &[ModulePlan<'_>], options: &Options) -> Vec<CodegenUnit> {
    let one_unit = options.target.is_object_only()
        || matches!(options.emit, Emit::Assembly | Emit::LlvmIr | Emit::LlvmBitcode);
    modules.iter().flat_map(|module| partition_module(module, one_unit)).collect()
}

fn partition_module(module: &ModulePlan<'_>, one_unit: bool) -> Vec<CodegenUnit> {
    let bodies = &module.parsed.bodies;
    let total: usize = bodies.iter().map(|body| body.bytes.len()).sum();
    let whole = one_unit || total < SINGLE_UNIT_BYTES;
    let mut units = Vec::new();
    let (mut start, mut code_bytes) = (0, 0);
    for (position, body) in bodies.iter().enumerate() {
        code_bytes += body.bytes.len();
        let full = code_bytes >= UNIT_MAXIMUM_BYTES
            || (code_bytes >= UNIT_MINIMUM_BYTES && content_hash(body.bytes).is_multiple_of(16));
        if full && !whole && position + 1 < bodies.len() {
            units.push((start..position + 1, code_bytes));
            (start, code_bytes) = (position + 1, 0);
        }
    }
    units.push((start..bodies.len(), code_bytes));
    let whole_module = units.len() == 1;
    units
        .into_iter()
        .enumerate()
        .map(|(index, (functions, code_bytes))| CodegenUnit {
            module: module.index,
            index,
            functions,
            whole_module,
            code_bytes,
        })
        .collect()
}

/// FNV-1a over the bytes of a body.
fn content_hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
