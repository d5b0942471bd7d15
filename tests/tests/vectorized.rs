//! Loops that the compiler makes vector code of: the same results as one element at a time, and the
//! instructions that make it worth it.

use std::fmt::Write;
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{BoundsChecks, Emit, Entry, Options};
use wasmwright_compiler::target::{Architecture, Target};
use wasmwright_tests::programs::{Program, Variant, assemble};

/// Around every bound of the conversions, and what is no number.
const VALUES: [f64; 26] = [
    0.0,
    -0.0,
    0.99,
    -0.99,
    1.5,
    -1.5,
    2147483520.0,
    2147483647.0,
    2147483647.5,
    2147483648.0,
    2147483904.0,
    -2147483520.0,
    -2147483647.5,
    -2147483648.0,
    -2147483648.5,
    -2147483649.0,
    -2147483904.0,
    1e30,
    -1e30,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
    16777217.0,
    -123456.7,
    3e9,
];

/// The values lie at 64; `run` converts them all and returns that of its argument.
fn module(float: &str, bytes: usize) -> Vec<u8> {
    let mut data = String::new();
    for value in VALUES {
        let bits = if bytes == 4 { (value as f32).to_bits().into() } else { value.to_bits() };
        for byte in &bits.to_le_bytes()[..bytes] {
            let _ = write!(data, "\\{byte:02x}");
        }
    }
    let count = VALUES.len();
    assemble(&format!(
        r#"(module (memory 1) (data (i32.const 64) "{data}")
        (func (export "run") (param $which i32) (result i32) (local $i i32)
            (loop $next
                (i32.store offset=4096 (i32.shl (local.get $i) (i32.const 2))
                    (i32.trunc_sat_{float}_s
                        ({float}.load offset=64 (i32.mul (local.get $i) (i32.const {bytes})))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.ne (local.get $i) (i32.const {count}))))
            (i32.load offset=4096 (i32.shl (local.get $which) (i32.const 2)))))"#
    ))
}

#[test]
fn saturating_conversions_in_loops_are_those_of_single_values() {
    for (float, bytes) in [("f32", 4), ("f64", 8)] {
        let module = module(float, bytes);
        for variant in [Variant::DEFAULT, Variant::PLAIN] {
            let program = Program::new(&module, &variant.invoking_run());
            for (index, value) in VALUES.into_iter().enumerate() {
                let expected = if bytes == 4 { value as f32 as i32 } else { value as i32 };
                let printed = program.run(&[&index.to_string()]);
                assert_eq!(printed.succeeded().trim(), expected.to_string(), "{variant}: {float} {value}");
            }
        }
    }
}

#[test]
fn saturating_conversions_in_loops_stay_vectors() {
    let text = assembly(&module("f32", 4), BoundsChecks::Guard);
    assert!(text.contains("cvttps2dq"), "no vector conversion");
    // The two elements that are no vector's may be converted one by one.
    assert!(text.matches("cvttss2si").count() <= 2, "conversions of single values");
}

/// Medians of three values of `bits` bits, by signed comparisons for one extremum and unsigned ones
/// for the other, then kept between two constants of which the larger may have more bits. `run`
/// returns a hash of all of them.
fn medians(bits: u32, greatest: u32) -> Vec<u8> {
    let (bytes, load) = (bits / 8, format!("i32.load{bits}_u"));
    let value = |local: &str, offset: u32| {
        format!("(local.set ${local} ({load} offset={offset} (i32.mul (local.get $i) (i32.const {bytes}))))")
    };
    let extremum = |to: &str, a: &str, b: &str, comparison: &str| {
        format!(
            "(local.set ${to} (select (local.get ${a}) (local.get ${b})
                (i32.{comparison} (local.get ${a}) (local.get ${b}))))"
        )
    };
    let steps = [
        value("a", 0),
        value("b", 1000),
        value("c", 2000),
        extremum("low", "a", "b", "lt_s"),
        extremum("high", "a", "b", "gt_u"),
        extremum("c", "high", "c", "lt_u"),
        extremum("c", "low", "c", "gt_s"),
        format!("(local.set $high (i32.const {greatest}))"),
        extremum("c", "c", "high", "lt_u"),
        "(local.set $low (i32.const 7))".to_owned(),
        extremum("c", "c", "low", "gt_s"),
    ];
    let steps = steps.concat();
    assemble(&format!(
        "(module (memory 1)
        (func (export \"run\") (result i32) (local $i i32) (local $a i32) (local $b i32) (local $c i32)
                (local $low i32) (local $high i32)
            (loop $fill
                (i32.store8 (local.get $i) (i32.shr_u (i32.mul (local.get $i) (i32.const 0x9e3779b1)) (i32.const 13)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $fill (i32.ne (local.get $i) (i32.const 3000))))
            (local.set $i (i32.const 0))
            (loop $next
                {steps}
                (i32.store{bits} offset=4000 (i32.mul (local.get $i) (i32.const {bytes})) (local.get $c))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.ne (local.get $i) (i32.const 496))))
            (local.set $i (i32.const 0)) (local.set $a (i32.const 0))
            (loop $hash
                (local.set $a (i32.add (i32.mul (local.get $a) (i32.const 31))
                    (i32.load8_u offset=4000 (local.get $i))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $hash (i32.ne (local.get $i) (i32.const 1000))))
            (local.get $a)))"
    ))
}

/// What `run` of the module above returns.
fn hash_of_medians(bits: u32, greatest: u32) -> i32 {
    let bytes = bits as usize / 8;
    let mut memory = vec![0_u8; 8192];
    for (index, byte) in memory.iter_mut().enumerate().take(3000) {
        *byte = ((index as u32).wrapping_mul(0x9e37_79b1) >> 13) as u8;
    }
    let value = |memory: &[u8], start: usize| {
        memory[start..][..bytes].iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte))
    };
    for index in 0..496 {
        let [a, b, c] = [0, 1000, 2000].map(|offset| value(&memory, offset + index * bytes));
        let middle = a.min(b).max(a.max(b).min(c)).min(greatest).max(7);
        memory[4000 + index * bytes..][..bytes].copy_from_slice(&middle.to_le_bytes()[..bytes]);
    }
    memory[4000..5000].iter().fold(0_i32, |hash, &byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
}

#[test]
fn extrema_of_narrow_values_are_those_of_wide_ones() {
    for (bits, greatest) in [(8, 200), (8, 300), (16, 40_000), (16, 70_000)] {
        let module = medians(bits, greatest);
        for variant in [Variant::DEFAULT, Variant::PLAIN] {
            let program = Program::new(&module, &variant.invoking_run());
            let expected = hash_of_medians(bits, greatest).to_string();
            assert_eq!(program.run(&[]).succeeded().trim(), expected, "{variant}: {bits}, {greatest}");
        }
    }
}

#[test]
fn extrema_of_bytes_are_computed_in_bytes() {
    let text = assembly(&medians(8, 200), BoundsChecks::Guard);
    assert!(text.contains("pminub") && text.contains("pmaxub"), "no extrema of bytes");
    assert!(!text.contains("pminud") && !text.contains("pmaxsd"), "extrema of wide lanes");
}

/// The sum of as many numbers as the second argument says, up from where the first points.
const SUM: &str = r#"(module (memory 1) (data (i32.const 65532) "\01")
    (func (export "run") (param $p i32) (param $n i32) (result i32) (local $sum i32)
        (loop $next
            (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $p))))
            (local.set $p (i32.add (local.get $p) (i32.const 4)))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum)))"#;

#[test]
fn loops_with_explicit_checks_are_vectors_too() {
    let text = assembly(&assemble(SUM), BoundsChecks::Explicit);
    assert!(text.contains("paddd"), "no sum of vectors");
}

/// The loop without checks ends at the last access that is inside, and wraps nowhere.
#[test]
fn explicit_checks_before_a_loop_are_those_in_it() {
    let module = assemble(SUM);
    for variant in Variant::CORNERS {
        let program = Program::new(&module, &variant.invoking_run());
        for (place, count) in [("0", "16383"), ("65528", "1"), ("4", "16382"), ("65000", "133")] {
            assert_eq!(program.run(&[place, count]).succeeded().trim(), "1", "{variant} {place} {count}");
        }
        for (place, count) in [
            ("0", "16384"),
            ("65532", "1"),
            ("4", "16383"),
            ("65000", "134"),
            ("0", "0"),
            ("4", "0x80000000"),
            ("-4", "2"),
            ("-8", "3"),
        ] {
            program.run(&[place, count]).trapped("out of bounds memory access");
        }
    }
}

/// Sums of a counter of 32 bits, which wraps, and of one of 64, below a limit of the module's own.
const LIMITED: &str = r#"(module
    (func (export "run") (param $p i32) (param $n i32) (param $limit i64) (result i64 i64)
        (local $q i64) (local $narrow i64) (local $wide i64)
        (local.set $n (i32.and (local.get $n) (i32.const 0xffff)))
        (local.set $q (i64.add (i64.extend_i32_u (i32.and (local.get $p) (i32.const 0xffff))) (i64.const 3000000000)))
        (loop $next
            (if (i64.gt_u (i64.extend_i32_u (local.get $p)) (local.get $limit)) (then (unreachable)))
            (if (i64.gt_u (local.get $q) (local.get $limit)) (then (unreachable)))
            (local.set $narrow (i64.add (local.get $narrow) (i64.extend_i32_u (local.get $p))))
            (local.set $wide (i64.add (local.get $wide) (local.get $q)))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))
            (local.set $q (i64.add (local.get $q) (i64.const 1)))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $narrow) (local.get $wide)))"#;

/// A limit beyond 32 bits does not keep a counter from wrapping.
#[test]
fn counters_wrap_below_limits_of_the_module() {
    let module = assemble(LIMITED);
    for variant in Variant::CORNERS {
        let program = Program::new(&module, &variant.invoking_run());
        let wrapping = program.run(&["0xffffffff", "3", "1099511627776"]);
        assert_eq!(wrapping.succeeded(), "4294967296\n9000196608\n", "{variant}");
        let below = program.run(&["5", "3", "3000000007"]);
        assert_eq!(below.succeeded(), "18\n9000000018\n", "{variant}");
        program.run(&["5", "3", "3000000006"]).trapped("unreachable");
    }
}

/// Assembly for the baseline of x86-64.
fn assembly(module: &[u8], bounds_checks: BoundsChecks) -> String {
    let options = Options {
        bounds_checks,
        target: Target::baseline(Architecture::X86_64),
        emit: Emit::Assembly,
        entry: Entry::Invoke("run".into()),
        ..Options::default()
    };
    let text = Compiler::new(options).compile("m", module).expect("the module compiles");
    String::from_utf8(text.bytes().to_vec()).expect("assembly is text")
}
