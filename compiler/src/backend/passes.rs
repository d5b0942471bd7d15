//! Which of LLVM's passes run, and ours among them: see `compiler/passes`.

use super::job::Settings;
use super::machine::Machine;
use crate::ir::{Optimized, Pipeline, Unit, optimize};
use crate::options::{Optimization, Profile};

/// Optimises a unit.
pub fn run(unit: &Unit<'_>, machine: &Machine, settings: &Settings) -> Optimized {
    let (speed_level, size_level) = match settings.optimization {
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
        left_out: settings.left_out as u64,
        room_above_bytes: settings.room_above_bytes,
        room_below_bytes: settings.room_below_bytes,
        counts_executions: matches!(settings.profile, Profile::Generate { .. }),
        profile: match &settings.profile {
            Profile::Use(profile) => Some(profile.bytes()),
            _ => None,
        },
    };
    optimize(&unit.module, &machine.machine, &pipeline)
}
