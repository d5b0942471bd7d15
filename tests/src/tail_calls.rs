//! Generates a script of tail calls between functions of random signatures: nought to twenty
//! parameters and results of all kinds, from one module to another and back.
//!
//! Each group is a ring of three functions: `a` calls `b` through a table, `b` calls its
//! neighbour `c` directly, `c` calls `a`, its import, directly or by reference. Every one checks
//! each of its parameters, whose values follow from a counter that all share, and passes the
//! values of the next count on; the last returns. And every one checks that it reads its own memory.

use std::fmt::Write;

const TYPES: [&str; 6] = ["i32", "i64", "f32", "f64", "v128", "funcref"];
const MOST: u64 = 20;

/// A generator of numbers (splitmix64), so that the script is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn types(&mut self, count: u64) -> Vec<&'static str> {
        (0..count).map(|_| TYPES[self.below(TYPES.len() as u64) as usize]).collect()
    }
}

/// Types of the parameters of the ring's functions and of their common results.
struct Ring {
    parameters: [Vec<&'static str>; 3],
    results: Vec<&'static str>,
}

/// The script: `rings` rings, each run for `calls` tail calls.
pub fn script(rings: u64, calls: u32) -> String {
    let mut random = Random(10);
    let count = |random: &mut Random, ring: u64| match ring % 4 {
        // Every count comes up, and rings between the fewest and the most.
        0 => ring % (MOST + 1),
        1 => MOST - ring % (MOST + 1),
        _ => random.below(MOST + 1),
    };
    let rings: Vec<Ring> = (0..rings)
        .map(|ring| Ring {
            parameters: std::array::from_fn(|function| {
                let count = count(&mut random, ring + function as u64);
                random.types(count)
            }),
            results: {
                let count = (ring * 7) % (MOST + 1);
                random.types(count)
            },
        })
        .collect();
    let mut text = first_module(&rings) + &second_module(&rings);
    for number in 0..rings.len() {
        let _ = writeln!(text, r#"(assert_return (invoke "run{number}" (i32.const {calls})) (i32.const 0))"#);
    }
    text
}

fn first_module(rings: &[Ring]) -> String {
    let mut text = format!(
        r#"(module $first
            (table $table (export "table") {} funcref)
            (global $left (export "left") (mut i32) (i32.const 0))
            (global $wrong (export "wrong") (mut i32) (i32.const 0))
            (memory 1) (data (i32.const 0) "\01")
            (func $some) (elem declare func $some)
"#,
        rings.len()
    );
    for (number, ring) in rings.iter().enumerate() {
        let next = format!(
            "(return_call_indirect $table {} {} (i32.const {number}))",
            signature(&ring.parameters[1], &ring.results),
            values(&ring.parameters[1])
        );
        let name = format!(r#"$a{number} (export "a{number}")"#);
        text += &function(&name, 1, &ring.parameters[0], ring, &next);
    }
    text + ")\n(register \"first\" $first)\n"
}

fn second_module(rings: &[Ring]) -> String {
    let mut text = String::from("(module\n");
    for (number, ring) in rings.iter().enumerate() {
        let ty = signature(&ring.parameters[0], &ring.results);
        let _ = writeln!(text, r#"(type $t{number} (func {ty}))"#);
        let _ = writeln!(text, r#"(import "first" "a{number}" (func $a{number} (type $t{number})))"#);
    }
    let _ = writeln!(
        text,
        r#"(import "first" "table" (table $table {} funcref))
            (import "first" "left" (global $left (mut i32)))
            (import "first" "wrong" (global $wrong (mut i32)))
            (memory 1) (data (i32.const 0) "\02")
            (func $some)"#,
        rings.len()
    );
    let all = |prefix: &str| (0..rings.len()).map(|n| format!("${prefix}{n} ")).collect::<String>();
    let _ = writeln!(text, "(elem (i32.const 0) func {})", all("b"));
    let _ = writeln!(text, "(elem declare func $some {})", all("a"));
    for (number, ring) in rings.iter().enumerate() {
        let [first, second, third] = &ring.parameters;
        let to_third = format!("(return_call $c{number} {})", values(third));
        text += &function(&format!("$b{number}"), 2, second, ring, &to_third);
        let to_first = match number % 2 {
            0 => format!("(return_call $a{number} {})", values(first)),
            _ => format!("(return_call_ref $t{number} {} (ref.func $a{number}))", values(first)),
        };
        text += &function(&format!("$c{number}"), 2, third, ring, &to_first);
        text += &run(number, ring);
    }
    text + ")\n"
}

fn signature(parameters: &[&str], results: &[&str]) -> String {
    format!("(param {}) (result {})", parameters.join(" "), results.join(" "))
}

/// A function of the ring: checks its parameters and the number in its module's memory, then returns or
/// goes on.
fn function(name: &str, module: u8, parameters: &[&str], ring: &Ring, next: &str) -> String {
    let checks: String = (0..).zip(parameters).map(|(position, ty)| check(position, ty)).collect();
    format!(
        "(func {name} {} {checks}
            (global.set $wrong (i32.add
                (global.get $wrong) (i32.ne (i32.load8_u (i32.const 0)) (i32.const {module}))))
            (if (i32.eqz (global.get $left)) (then (return {})))
            (global.set $left (i32.sub (global.get $left) (i32.const 1)))
            {next})\n",
        signature(parameters, &ring.results),
        values(&ring.results)
    )
}

/// Runs a ring and checks what comes back; the number of wrong values.
fn run(number: usize, ring: &Ring) -> String {
    let locals = ring.results.join(" ");
    let sets: String = (0..ring.results.len()).rev().map(|n| format!("(local.set {}) ", n + 1)).collect();
    let checks: String = (1..).zip(&ring.results).map(|(local, ty)| check_as(local, local - 1, ty)).collect();
    format!(
        r#"(func (export "run{number}") (param i32) (result i32) (local {locals})
            (global.set $left (local.get 0)) (global.set $wrong (i32.const 0))
            (call $a{number} {}) {sets} {checks} (global.get $wrong))
"#,
        values(&ring.parameters[0])
    )
}

fn values(types: &[&str]) -> String {
    (0..).zip(types).map(|(position, ty)| value(position, ty)).collect::<Vec<_>>().join(" ")
}

/// The value of that type which belongs at a position at the current count.
fn value(position: u32, ty: &str) -> String {
    let narrow = format!("(i32.add (i32.mul (global.get $left) (i32.const 31)) (i32.const {position}))");
    let wide = format!("(i64.mul (i64.extend_i32_u {narrow}) (i64.const 0x100000001b3))");
    match ty {
        "i32" => narrow,
        "i64" => wide,
        "f32" => format!("(f32.convert_i32_s {narrow})"),
        "f64" => format!("(f64.convert_i32_s {narrow})"),
        "v128" => format!("(i64x2.splat {wide})"),
        _ => format!(
            "(select (result funcref) (ref.null func) (ref.func $some) (i32.and {narrow} (i32.const 1)))"
        ),
    }
}

fn check(position: u32, ty: &str) -> String {
    check_as(position, position, ty)
}

/// Counts a local that is not the value of that position.
fn check_as(local: u32, position: u32, ty: &str) -> String {
    let (actual, expected) = (format!("(local.get {local})"), value(position, ty));
    let differs = match ty {
        "v128" => format!("(i32.eqz (i64x2.all_true (i64x2.eq {actual} {expected})))"),
        "funcref" => format!("(i32.ne (ref.is_null {actual}) (ref.is_null {expected}))"),
        _ => format!("({ty}.ne {actual} {expected})"),
    };
    format!("(global.set $wrong (i32.add (global.get $wrong) {differs}))\n")
}
