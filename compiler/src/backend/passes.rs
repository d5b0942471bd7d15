//! Which of LLVM's passes run, and ours among them: see `compiler/passes`.

use super::machine::Machine;
use crate::ir::{Optimized, Pipeline, Unit, optimize};
use crate::options::{Optimization, Profile};
use wasmwright_abi::instance::WideningRoom;

/// Optimises a unit.
pub fn run(unit: &Unit<'_>, machine: &Machine, room: WideningRoom, profile: &Profile) -> Optimized {
    let (speed_level, size_level) = match machine.optimization {
        Optimization::O0 => (0, 0),
        Optimization::O1 => (1, 0),
        Optimization::O2 => (2, 0),
        Optimization::O3 => (3, 0),
        Optimization::Os => (2, 1),
        Optimization::Oz => (2, 2),
    };
    let pipeline = Pipeline {
        speed_level,
        size_level,
        room_above_bytes: room.above_bytes,
        room_below_bytes: room.below_bytes,
        counts_executions: matches!(profile, Profile::Generate { .. }),
        profile: match profile {
            Profile::Use(profile) => Some(profile.bytes()),
            _ => None,
        },
    };
    optimize(&unit.module, &machine.machine, &pipeline)
}
