//! The configurations under which programs are compiled: all of them in the full tier, those that
//! differ most in the fast one.

use crate::machine::Machine;
use crate::tier::is_full_tier;
use std::fmt;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{BoundsChecks, Entry, Optimization};

/// Level and bounds checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// `-O`
    pub optimization: Optimization,
    /// `--bounds-checks`
    pub bounds_checks: BoundsChecks,
}

impl Variant {
    /// What users get who ask for nothing.
    pub const DEFAULT: Self = Self { optimization: Optimization::O2, bounds_checks: BoundsChecks::Guard };
    /// As far from [`DEFAULT`](Self::DEFAULT) as possible.
    pub const PLAIN: Self = Self { optimization: Optimization::O0, bounds_checks: BoundsChecks::Explicit };

    /// Both choices with both: traps depend on either.
    pub const CORNERS: [Self; 4] = [
        Self::DEFAULT,
        Self::PLAIN,
        Self { optimization: Optimization::O0, bounds_checks: BoundsChecks::Guard },
        Self { optimization: Optimization::O2, bounds_checks: BoundsChecks::Explicit },
    ];

    /// The variants of this run's tier.
    pub fn selected() -> Vec<Self> {
        if !is_full_tier() {
            return vec![Self::DEFAULT, Self::PLAIN];
        }
        let levels = [Optimization::O0, Optimization::O2, Optimization::O3, Optimization::Os];
        let checks = [BoundsChecks::Guard, BoundsChecks::Explicit];
        let pairs = levels.iter().flat_map(|&level| checks.map(|checks| (level, checks)));
        pairs.map(|(optimization, bounds_checks)| Self { optimization, bounds_checks }).collect()
    }

    /// Options with this level and these checks, for the machine of this run. One job: tests are
    /// parallel already.
    pub fn options(self) -> Options {
        Options {
            optimization: self.optimization,
            bounds_checks: self.bounds_checks,
            target: Machine::selected().target(),
            jobs: std::num::NonZero::new(1),
            ..Options::default()
        }
    }

    /// The same for a module whose export `run` is the entry.
    pub fn invoking_run(self) -> Options {
        Options { entry: Entry::Invoke("run".into()), ..self.options() }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-{:?} --bounds-checks={:?}", self.optimization, self.bounds_checks)
    }
}
