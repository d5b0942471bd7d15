//! Benchmarks: compiled programs against native code and other engines.
//!
//! The sources in `programs/` enter; measurements leave, and reports over them. Invariant: a figure
//! stands in a report only if the program's output was that of the native build.
//!
//! To add a program, put a C file into `programs/`. To add an engine, add a row in [`engines`].

pub mod clang;
pub mod contender;
pub mod engines;
pub mod measure;
pub mod peak_memory;
pub mod plot;
pub mod program;
pub mod report;
pub mod results;
pub mod statistics;
pub mod suite;
