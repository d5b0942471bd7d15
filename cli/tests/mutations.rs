//! Damaged modules: whatever the bytes, a compilation ends, with an artifact or with an error that
//! is the module's fault. A crash or a hang ends this test, and an internal error fails it.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use wasmwright_compiler::options::{BoundsChecks, Optimization, Options, UnknownImports};
use wasmwright_compiler::{Compiler, Error};

/// Something of everything, so that damage meets every section and many instructions.
const RICH: &str = r#"(module
    (type $binary (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 4)
    (table $functions 4 8 funcref)
    (table $others 2 externref)
    (global $counter (mut i32) (i32.const 3))
    (global $pi f64 (f64.const 3.14159))
    (data (i32.const 16) "some bytes that lie in the memory")
    (data $passive "and some that wait")
    (elem (table $functions) (i32.const 0) func $add $fibonacci $dispatch $add)
    (elem $waiting func $add $floats)
    (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $fibonacci (type $binary) (local i32 i32)
        (local.set 2 (i32.const 1))
        (block $done
            (loop $next
                (br_if $done (i32.eqz (local.get 0)))
                (local.set 3 (i32.add (local.get 1) (local.get 2)))
                (local.set 1 (local.get 2))
                (local.set 2 (local.get 3))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br $next)))
        (local.get 1))
    (func $dispatch (type $binary)
        (block $two (block $one (block $zero
            (br_table $zero $one $two (local.get 0)))
            (return (call_indirect $functions (type $binary) (i32.const 1) (i32.const 2) (local.get 1))))
            (return (select (local.get 0) (local.get 1) (i32.lt_s (local.get 0) (local.get 1)))))
        (i32.rem_u (i32.div_s (local.get 0) (i32.const 7)) (i32.rotl (local.get 1) (i32.const 3))))
    (func $floats (param f32 f64) (result f64)
        (f64.add (f64.sqrt (local.get 1)) (f64.promote_f32 (f32.min (local.get 0) (f32.const nan))))
        (f64.mul (f64.convert_i64_s (i64.trunc_sat_f64_u (global.get $pi))) (f64.const -0.5))
        (f64.copysign))
    (func $several (param i64) (result i64 i32)
        (i64.clz (i64.extend16_s (local.get 0)))
        (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 33))))
    (func $bulk
        (memory.init $passive (i32.const 100) (i32.const 0) (i32.const 5))
        (memory.copy (i32.const 200) (i32.const 16) (i32.const 30))
        (memory.fill (i32.const 300) (i32.const 7) (i32.const 40))
        (data.drop $passive)
        (table.init $functions $waiting (i32.const 1) (i32.const 0) (i32.const 2))
        (table.set $others (i32.const 0) (table.get $others (i32.const 1)))
        (drop (table.grow $others (ref.null extern) (i32.const 3)))
        (drop (memory.grow (i32.const 1))))
    (func (export "_start") (local i64)
        (global.set $counter (i32.add (global.get $counter) (memory.size)))
        (i64.store offset=8 (i32.const 64) (i64.load8_s (i32.const 17)))
        (f32.store (i32.const 4) (f32.load offset=65535 align=1 (i32.const 0)))
        (call $bulk)
        (call $several (local.get 0))
        (if (i32.eqz) (then nop) (else (drop (call $dispatch (i32.const 1) (i32.const 2)))))
        (drop)
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Of the later proposals, too.
const LATER: &str = r#"(module
    (type $unary (func (param v128) (result v128)))
    (memory $small (export "memory") 1)
    (memory $wide i64 1 3)
    (table $typed 3 (ref null $unary))
    (global $vector (mut v128) (v128.const i32x4 1 2 3 4))
    (elem (table $typed) (offset (i32.const 1)) (ref null $unary) (ref.func $rotate) (ref.null $unary))
    (data (memory $wide) (i64.const 8) "in the wide memory")
    (func $rotate (type $unary)
        (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 0 (local.get 0) (global.get $vector)))
    (func $arithmetic (param v128 v128) (result v128)
        (i32x4.add (i16x8.extadd_pairwise_i8x16_s (local.get 0)) (i32x4.dot_i16x8_s (local.get 0) (local.get 1)))
        (v128.bitselect (f32x4.min (local.get 0) (local.get 1)) (local.get 1))
        (i16x8.q15mulr_sat_s (i64x2.shl (local.get 0) (i32.const 67)))
        (f64x2.pmax (f64x2.convert_low_i32x4_u (local.get 1)))
        (i8x16.relaxed_swizzle (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 0))))
    (func $lanes (param v128) (result i32)
        (i32.add (i8x16.extract_lane_s 3 (local.get 0)) (i16x8.bitmask (i16x8.replace_lane 7 (local.get 0) (i32.const -1)))))
    (func $count (param i64 i64) (result i64 i64)
        (if (i64.eqz (local.get 0)) (then (return (local.get 0) (local.get 1))))
        (i64.add128 (local.get 0) (local.get 1) (i64.const -1) (i64.const -1))
        (return_call $count))
    (func $reference (param (ref null $unary)) (result v128)
        (block $null
            (return_call_ref $unary (global.get $vector) (br_on_null $null (local.get 0))) )
        (call_indirect $typed (type $unary) (global.get $vector) (i32.const 1)))
    (func (export "_start")
        (v128.store offset=16 (i32.const 3) (v128.load32_splat $wide offset=5 (i64.const 2)))
        (v128.store64_lane $wide 1 (i64.const 100) (call $arithmetic (global.get $vector) (v128.load8x8_u (i32.const 0))))
        (memory.copy $wide $small (i64.const 0) (i32.const 0) (i32.const 64))
        (drop (memory.grow $wide (i64.const 1)))
        (drop (call $lanes (call $reference (table.get $typed (i32.const 1)))))
        (call $count (i64.const 5) (i64.const 0))
        (drop) (drop)))"#;

/// A generator of reproducible numbers (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// The module after one to four flips of a bit, or cut off, or with a byte of its own twice.
fn mutate(module: &[u8], seed: usize) -> Vec<u8> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ (seed as u64 + 1));
    let mut mutant = module.to_vec();
    match numbers.below(16) {
        0 => mutant.truncate(numbers.below(module.len())),
        1 => mutant.insert(numbers.below(module.len()), module[numbers.below(module.len())]),
        _ => {
            for _ in 0..=numbers.below(4) {
                // The header is not worth half the damage of small modules.
                let position = 8 + numbers.below(module.len() - 8);
                mutant[position] ^= 1 << numbers.below(8);
            }
        }
    }
    mutant
}

/// Options that differ from one mutant to the next.
fn options(seed: usize) -> Options {
    Options {
        optimization: if seed.is_multiple_of(2) { Optimization::O0 } else { Optimization::O2 },
        bounds_checks: if seed.is_multiple_of(3) { BoundsChecks::Explicit } else { BoundsChecks::Guard },
        unknown_imports: UnknownImports::Trap,
        jobs: std::num::NonZeroUsize::new(1),
        ..Options::default()
    }
}

#[test]
fn damaged_modules_compile_or_are_refused() {
    let mutants =
        if std::env::var("WASMWRIGHT_TEST_TIER").is_ok_and(|tier| tier == "full") { 20_000 } else { 2_000 };
    let texts = [RICH, RICH, LATER, LATER, LATER, common::DIRECTORY, common::ARGUMENTS, common::LIBRARY];
    let modules: Vec<Vec<u8>> = texts.iter().map(|text| wat::parse_str(text).expect("it is valid")).collect();
    for module in &modules {
        Compiler::new(options(0)).compile("whole", module).expect("it is valid");
    }
    let (next, compiled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= mutants {
                break;
            }
            let mutant = mutate(&modules[seed % modules.len()], seed);
            match Compiler::new(options(seed)).compile("mutant", &mutant) {
                Ok(_) => drop(compiled.fetch_add(1, Ordering::Relaxed)),
                Err(Error::Internal(message)) => panic!("mutant {seed}: {message}"),
                Err(_) => {}
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    // A test in which none or all are refused would test nothing.
    let compiled = compiled.into_inner();
    assert!((mutants / 20..mutants / 2).contains(&compiled), "{compiled} of {mutants} compiled");
}
