//! Vector instructions in programs: C that clang vectorises, operands that are constants, CPUs.

use std::fmt::Write;
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{Entry, RelaxedSimd};
use wasmwright_compiler::target::{Architecture, Target};
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::{Source, Variant, assemble, command, compile, execute, temporary_directory};

/// The targets of this run's architecture that tests can execute.
fn targets() -> [Target; 2] {
    let machine = Machine::selected();
    [machine.target(), machine.richest_target()]
}

/// Asserts that a program says the same as natively, and says it in `lines` lines.
#[track_caller]
fn agrees(name: &str, lines: usize) {
    let native = if cfg!(target_arch = "x86_64") { "-march=x86-64-v2" } else { "-O3" };
    let source = Source::new(name).with("-O3").with_for_module("-msimd128").with_for_native(native);
    let folder = temporary_directory();
    let module = source.module();
    let expected = execute(&mut Command::new(source.native(folder.path())), &[]);
    assert_eq!(expected.succeeded().lines().count(), lines, "{expected:?}");
    for variant in Variant::selected() {
        for target in targets() {
            let options = Options { target, ..variant.options() };
            let program = compile(&module, &options, &folder.path().join("compiled"));
            assert_eq!(execute(&mut command(program), &[]), expected, "{variant}");
        }
    }
}

#[test]
fn dot_products_agree() {
    agrees("simd/dot_int8", 1);
}

#[test]
fn products_of_matrices_agree() {
    agrees("simd/gemm", 1);
}

#[test]
fn chacha20_agrees() {
    agrees("simd/chacha20", 5);
}

#[test]
fn sha256_agrees() {
    agrees("simd/sha256", 2);
}

#[test]
fn blurs_agree() {
    agrees("simd/blur", 1);
}

#[test]
fn utf8_validation_agrees() {
    agrees("simd/utf8", 2);
}

/// What the entry `check` returns.
#[track_caller]
fn checked(module: &[u8], options: &Options) -> String {
    let folder = temporary_directory();
    let options = Options { entry: Entry::Invoke("check".into()), ..options.clone() };
    let program = compile(module, &options, &folder.path().join("program"));
    execute(&mut command(program), &[]).succeeded().trim().to_owned()
}

/// A kind of float lanes with the values that make a difference.
struct Floats {
    shape: &'static str,
    integers: &'static str,
    bytes: usize,
    quiet_bit: u64,
    values: &'static [u64],
}

const F32: Floats = Floats {
    shape: "f32x4",
    integers: "i32x4",
    bytes: 4,
    quiet_bit: 1 << 22,
    values: &[
        0,
        0x8000_0000,
        0x3f80_0000,
        0xbf80_0000,
        0x4000_0000,
        0xc060_0000,
        1,
        0x8000_0001,
        0x7f7f_ffff,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0xffc0_0001,
        0x7fa0_0000,
        0xff80_0001,
    ],
};

const F64: Floats = Floats {
    shape: "f64x2",
    integers: "i64x2",
    bytes: 8,
    quiet_bit: 1 << 51,
    values: &[
        0,
        0x8000_0000_0000_0000,
        0x3ff0_0000_0000_0000,
        0xbff0_0000_0000_0000,
        0x4000_0000_0000_0000,
        0xc00c_0000_0000_0000,
        1,
        0x8000_0000_0000_0001,
        0x7fef_ffff_ffff_ffff,
        0x7ff0_0000_0000_0000,
        0xfff0_0000_0000_0000,
        0x7ff8_0000_0000_0000,
        0xfff8_0000_0000_0001,
        0x7ff4_0000_0000_0000,
        0xfff0_0000_0000_0001,
    ],
};

const OPERATIONS: [&str; 8] = ["add", "sub", "mul", "div", "min", "max", "pmin", "pmax"];

impl Floats {
    /// A vector of these two, alternating.
    fn vector(&self, even: u64, odd: u64) -> u128 {
        let lanes = 16 / self.bytes;
        (0..lanes).fold(0, |all, lane| {
            let value = if lane % 2 == 0 { even } else { odd };
            all | u128::from(value) << (8 * self.bytes * lane)
        })
    }

    /// The constants: each value alone, and beside its neighbour.
    fn constants(&self) -> Vec<u128> {
        let next = self.values.iter().cycle().skip(1);
        let pairs = self.values.iter().zip(next);
        pairs.flat_map(|(&value, &next)| [self.vector(value, value), self.vector(value, next)]).collect()
    }

    /// A module whose `check` gives the number of the first operation that does something else
    /// with a constant operand than with the same one from memory, or -1. The results are the
    /// same bits, or both NaNs that are quiet.
    fn module(&self) -> String {
        let constants = self.constants();
        let memory: String =
            constants.iter().flat_map(|bits| bits.to_le_bytes()).fold(String::new(), |mut text, byte| {
                let _ = write!(text, "\\{byte:02x}");
                text
            });
        let (shape, integers) = (self.shape, self.integers);
        let quiet =
            format!("{integers}.splat ({}.const {})", &["i32", "i64"][self.bytes / 8], self.quiet_bit);
        let mut functions = String::new();
        let mut calls = String::new();
        let mut number = 0;
        for operation in OPERATIONS {
            for (index, bits) in constants.iter().enumerate() {
                let constant = format!("(v128.const i64x2 {} {})", *bits as u64, (*bits >> 64) as u64);
                let loaded = format!("(v128.load (i32.const {}))", 16 * index);
                let operand = "(v128.load (local.get 0))";
                for sides in [[&constant, operand, &loaded, operand], [operand, &constant, operand, &loaded]]
                {
                    let [left, right, loaded_left, loaded_right] = sides;
                    let _ = writeln!(
                        functions,
                        "(func $f{number} (param i32) (result i32)
                           (call $same ({shape}.{operation} {left} {right})
                                       ({shape}.{operation} {loaded_left} {loaded_right})))"
                    );
                    let _ = writeln!(
                        calls,
                        "(if (i32.eqz (call $f{number} (local.get 0))) (then (return (i32.const {number}))))"
                    );
                    number += 1;
                }
            }
        }
        format!(
            r#"(module (memory 1) (data (i32.const 0) "{memory}")
              (func $same (param v128 v128) (result i32)
                ({integers}.all_true (v128.or
                  ({integers}.eq (local.get 0) (local.get 1))
                  (v128.and
                    (v128.and ({shape}.ne (local.get 0) (local.get 0)) ({shape}.ne (local.get 1) (local.get 1)))
                    ({integers}.ne (v128.and (v128.and (local.get 0) (local.get 1)) ({quiet}))
                      (v128.const i64x2 0 0))))))
              {functions}
              (func (export "check") (result i32) (local i32)
                (loop
                  {calls}
                  (local.set 0 (i32.add (local.get 0) (i32.const 16)))
                  (br_if 0 (i32.lt_u (local.get 0) (i32.const {end}))))
                (i32.const -1)))"#,
            end = 16 * constants.len()
        )
    }
}

#[track_caller]
fn constants_make_no_difference(floats: &Floats) {
    let module = assemble(&floats.module());
    for variant in [Variant::DEFAULT, Variant::PLAIN] {
        for target in targets() {
            let cpu = target.cpu.clone();
            let result = checked(&module, &Options { target, ..variant.options() });
            assert_eq!(result, "-1", "{} {variant} {cpu}", floats.shape);
        }
    }
}

#[test]
fn constant_operands_of_f32x4_make_no_difference() {
    constants_make_no_difference(&F32);
}

#[test]
fn constant_operands_of_f64x2_make_no_difference() {
    constants_make_no_difference(&F64);
}

/// Nobody reads what these loads give, yet they must trap.
#[test]
fn discarded_loads_of_vectors_trap() {
    for operation in [
        "(local.set 1 (v128.load (i32.const 65535)))",
        "(local.set 1 (v128.load8x8_s (i32.const 65530)))",
        "(local.set 1 (i8x16.swizzle (v128.load (i32.const 65521)) (local.get 0)))",
        "(local.set 1 (f32x4.sqrt (f32x4.min (v128.load32_splat (i32.const 65533)) (local.get 0))))",
        "(drop (i8x16.popcnt (v128.load64_zero (i32.const 65529))))",
        "(drop (i32x4.trunc_sat_f32x4_u (v128.load16_lane 3 (i32.const 65535) (local.get 0))))",
    ] {
        let module = assemble(&format!(
            "(module (memory 1) (func (export \"_start\") (local v128) (call $f (local.get 0)))
              (func $f (param v128) (local v128) {operation}))"
        ));
        for variant in [Variant::DEFAULT, Variant::PLAIN] {
            let folder = temporary_directory();
            let program = compile(&module, &variant.options(), &folder.path().join("program"));
            execute(&mut command(program), &[]).trapped("out of bounds memory access");
        }
    }
}

/// The standard allows several results here; the documented one is taken.
#[test]
fn relaxed_operations_are_deterministic_unless_asked() {
    let module = assemble(
        r#"(module (memory 1)
          (func (export "check") (result i32)
            (i32x4.extract_lane 0
              (i32x4.relaxed_dot_i8x16_i7x16_add_s
                (v128.load (i32.const 0)) (v128.load (i32.const 0)) (v128.const i32x4 0 0 0 0))))
          (data (i32.const 0) "\80\80\80\80"))"#,
    );
    // -128 by -128: two sums of 32767 each; by 128, without the sign, two of -32768.
    let with = |relaxed_simd| checked(&module, &Options { relaxed_simd, ..Variant::DEFAULT.options() });
    assert_eq!(with(RelaxedSimd::Deterministic), "65534");
    let native = match Machine::selected().target().architecture {
        Architecture::X86_64 => "-65536",
        _ => "65534",
    };
    assert_eq!(with(RelaxedSimd::Native), native);
}

/// A program for a CPU that this is not says so, before it does anything else.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_program_for_a_better_cpu_says_so() {
    let module = assemble("(module (func (export \"_start\")))");
    let folder = temporary_directory();
    let target = Target { cpu: "x86-64-v4".into(), ..Target::baseline(Architecture::X86_64) };
    let program = compile(&module, &Options { target, ..Options::default() }, &folder.path().join("program"));
    let outcome = execute(&mut Command::new(program), &[]);
    let has_it = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];
    let flags = std::fs::read_to_string("/proc/cpuinfo").expect("Linux describes its processors");
    if has_it.iter().all(|flag| flags.split_whitespace().any(|word| word == *flag)) {
        outcome.succeeded();
        return;
    }
    assert_eq!(outcome.code(), Some(1), "{outcome:?}");
    assert_eq!(outcome.errors().lines().count(), 1, "{outcome:?}");
    assert!(outcome.errors().contains("needs an x86-64-v4 CPU"), "{outcome:?}");
}
