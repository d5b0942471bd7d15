//! Benchmarks of wasmwright.
