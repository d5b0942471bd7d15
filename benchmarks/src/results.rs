//! What the suite measures, as the JSON report has it.

use crate::contender::REFERENCE;
use crate::measure::Usage;
use crate::statistics::{geometric_mean, median, spread};
use serde::Serialize;

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// The machine.
    pub machine: Machine,
    /// How the modules were built: `scalar` or `simd128`.
    pub build: &'static str,
    /// Divisor of the programs' usual sizes.
    pub size_divisor: u32,
    /// Names of the contenders, in the order of the columns.
    pub contenders: Vec<String>,
    /// A row for each program.
    pub programs: Vec<ProgramResult>,
    /// CPU seconds of each launch of a program that says hello, by contender.
    pub start_up: Vec<StartUp>,
}

/// Where it was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Its processor, by its own words.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// The first of the load averages at the beginning.
    pub load: String,
}

/// One program.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramResult {
    /// Its name.
    pub name: String,
    /// Its argument.
    pub size: u32,
    /// What each contender did, in the order of the columns.
    pub measurements: Vec<Measurement>,
}

/// One program of one contender.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// Its output was that of the native build.
    Right(Figures),
    /// It failed or its output was another one.
    Wrong(String),
}

/// Figures of a right execution.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// User and system time of each round.
    pub cpu_seconds: Vec<f64>,
    /// Peak resident memory.
    pub peak_memory_bytes: u64,
    /// What compiling took.
    pub compilation: Usage,
    /// Size of what was compiled.
    pub artifact_bytes: u64,
}

/// Launches of one contender.
#[derive(Clone, Debug, Serialize)]
pub struct StartUp {
    /// Its name.
    pub contender: String,
    /// User and system time of each launch.
    pub cpu_seconds: Vec<f64>,
}

impl Measurement {
    /// The figures, where there are any.
    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Self::Right(figures) => Some(figures),
            Self::Wrong(_) => None,
        }
    }
}

impl Figures {
    /// The middle of the rounds.
    pub fn median_seconds(&self) -> f64 {
        median(&self.cpu_seconds)
    }

    /// How far the rounds lie apart.
    pub fn spread(&self) -> f64 {
        spread(&self.cpu_seconds)
    }
}

impl Results {
    /// The column of a contender.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.contenders.iter().position(|contender| contender == name)
    }

    /// A figure of a contender in relation to native code's, for one program.
    pub fn ratio(
        &self,
        program: &ProgramResult,
        column: usize,
        figure: impl Fn(&Figures) -> f64,
    ) -> Option<f64> {
        let reference = program.measurements[self.column(REFERENCE)?].figures()?;
        Some(figure(program.measurements[column].figures()?) / figure(reference))
    }

    /// Time of a contender in relation to native code's, for one program.
    pub fn time_ratio(&self, program: &ProgramResult, column: usize) -> Option<f64> {
        self.ratio(program, column, Figures::median_seconds)
    }

    /// The geometric mean of such ratios over all programs that the contender executed rightly.
    pub fn mean_ratio(&self, column: usize, figure: impl Fn(&Figures) -> f64) -> f64 {
        geometric_mean(self.programs.iter().filter_map(|program| self.ratio(program, column, &figure)))
    }

    /// All figures of one contender.
    pub fn figures(&self, column: usize) -> impl Iterator<Item = &Figures> {
        self.programs.iter().filter_map(move |program| program.measurements[column].figures())
    }
}
