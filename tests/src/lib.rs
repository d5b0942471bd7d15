//! Tests of wasmwright.
