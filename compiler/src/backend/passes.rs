//! Which of LLVM's passes run.

use super::machine::Machine;
use crate::error::{Error, Result};
use crate::ir::Unit;
use crate::options::Optimization;
use inkwell::passes::PassBuilderOptions;

/// Optimises a unit.
pub fn run(unit: &Unit<'_>, machine: &Machine) -> Result<()> {
    let options = PassBuilderOptions::create();
    options.set_loop_vectorization(true);
    options.set_loop_slp_vectorization(true);
    options.set_loop_interleaving(true);
    options.set_loop_unrolling(true);
    let pipeline = match machine.optimization {
        Optimization::O0 => "default<O0>",
        Optimization::O1 => "default<O1>",
        Optimization::O2 => "default<O2>",
        Optimization::O3 => "default<O3>",
        Optimization::Os => "default<Os>",
        Optimization::Oz => "default<Oz>",
    };
    let ran = unit.module.run_passes(pipeline, &machine.machine, options);
    ran.map_err(|error| Error::internal(format!("LLVM's passes: {error}")))
}
