//! How much LLVM may do for a function: some of its passes take time by the square of what they look at.
//!
//! Functions of usual sizes have all of them. Few are beyond: the largest of CPython has 104 KiB, the
//! largest of Yosys 218.

use crate::frontend::ParsedModule;
use crate::frontend::index::DefinedFuncIndex;

/// From here on blocks may be so large, and loops so many, that a search among them costs more than all else.
const BOUNDED_FROM_BYTES: usize = 128 << 10;

/// From here on schedulers and matchers of the code generator do, too.
const LEAST_FROM_BYTES: usize = 512 << 10;

/// From here on blocks to which one block leads are too many for passes that look at all of them for each.
const LEAST_FROM_LABELS: usize = 2000;

/// From here on loops are too many for passes that forget, at each, what they know of those that depend on it.
/// The function of CPython with the most has 203.
const LEAST_FROM_LOOPS: usize = 1000;

/// How much LLVM does. The later ones do less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// All that the level asks for.
    Full,
    /// The same without vectors from code without loops, nor what simplifies the counts of loops.
    Bounded,
    /// Little, one function at a time; the instructions are chosen and the registers allocated as at `-O0`.
    Least,
}

impl Effort {
    /// That for a function with a body.
    pub fn of(module: &ParsedModule<'_>, body: DefinedFuncIndex) -> Self {
        let branching = module.facts.branching.get(&module.function_of(body)).copied().unwrap_or_default();
        match module.bodies[body.index()].bytes.len() {
            _ if branching.labels >= LEAST_FROM_LABELS || branching.loops >= LEAST_FROM_LOOPS => Self::Least,
            LEAST_FROM_BYTES.. => Self::Least,
            BOUNDED_FROM_BYTES.. => Self::Bounded,
            _ => Self::Full,
        }
    }
}
