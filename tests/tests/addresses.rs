//! Addresses that may wrap, in the shapes that producers make of them: what the passes over
//! addresses and loops do must not be seen. Random functions of neighbouring accesses and loops,
//! rolled and unrolled, up and down, by counts and by bounds, whose arguments lie at the edges of
//! the memory and of 32 bits.
//!
//! A failure names its seed: `WASMWRIGHT_DIFFERENTIAL_SEED=N cargo test --test addresses` repeats
//! that module alone.

use std::fmt::Write;
use wasmparser::ValType;
use wasmwright_abi::instance::ValueSlot;
use wasmwright_tests::differential::{Random, Script, compare_seeds, exports};
use wasmwright_tests::programs::assemble;

/// Functions that only load, then some that store.
const LOADING: usize = 6;
const STORING: usize = 4;

/// Calls of each of them, with other arguments.
const CALLS: usize = 12;

const LOADS: [(&str, u32); 5] =
    [("i32.load8_u", 1), ("i32.load8_s", 1), ("i32.load16_u", 2), ("i32.load", 4), ("i32.load offset=4", 4)];
const STORES: [(&str, u32); 3] = [("i32.store8", 1), ("i32.store16", 2), ("i32.store", 4)];
const OFFSETS: [u32; 8] = [0, 0, 1, 4, 12, 65535, 0x7fff_fffc, 0xffff_fff0];
const DISTANCES: [i32; 14] = [0, 1, 2, 4, 8, 16, -1, -2, -4, -8, 65535, 65536, -65535, -65536];
const STEPS: [i32; 12] = [1, 2, 4, 8, 16, 3, 64, 65535, -1, -2, -4, -8];

/// A number below a limit.
fn below(random: &mut Random, limit: usize) -> usize {
    (random.next() >> 8) as usize % limit
}

fn choose<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[below(random, from.len())]
}

/// `$acc` mixed with what lies at an address, or stored there.
fn access(random: &mut Random, address: &str, storing: bool) -> String {
    let mut offset = if below(random, 3) == 0 { choose(random, &OFFSETS) } else { 0 };
    if storing && below(random, 2) == 0 {
        let (store, _) = choose(random, &STORES);
        return format!("({store} offset={offset} {address} (local.get $acc))");
    }
    let (load, _) = choose(random, &LOADS);
    let load = match load.split_once(' ') {
        Some((load, _)) => {
            offset = offset.wrapping_add(4);
            load
        }
        None => load,
    };
    let value = format!("({load} offset={offset} {address})");
    let mixed = match below(random, 3) {
        0 => format!("(i32.add (local.get $acc) {value})"),
        1 => format!("(i32.add (i32.mul (local.get $acc) (i32.const 31)) {value})"),
        // Times a number of its own: the same value twice would cancel out, and a load whose value
        // changes nothing need not trap.
        _ => format!("(i32.xor (local.get $acc) (i32.mul {value} (i32.const {})))", random.next() as i32 | 1),
    };
    format!("(local.set $acc {mixed})")
}

/// `base` plus a constant, as a producer writes it.
fn neighbour(base: &str, distance: i32) -> String {
    if distance == 0 {
        format!("(local.get {base})")
    } else {
        format!("(i32.add (local.get {base}) (i32.const {distance}))")
    }
}

/// Accesses around one or two addresses, some of them under a condition.
fn straight(random: &mut Random, storing: bool) -> String {
    let mut body = String::new();
    for _ in 0..2 + below(random, 8) {
        let base = choose(random, &["$p", "$p", "$q"]);
        let address = neighbour(base, choose(random, &DISTANCES));
        let access = access(random, &address, storing);
        match below(random, 5) {
            0 => write!(body, "(if (i32.and (local.get $acc) (i32.const 1)) (then {access}))"),
            _ => write!(body, "{access}"),
        }
        .expect("text");
    }
    body
}

/// A loop whose body is some copies of one iteration at `$p`, and often at `$q`.
fn looping(random: &mut Random, storing: bool) -> String {
    let step = choose(random, &STEPS);
    let copies = choose(random, &[1, 1, 2, 2, 4, 8]);
    let form = below(random, 4);
    let shapes: Vec<(String, u64, i32, bool)> = (0..1 + below(random, 3))
        .map(|_| {
            let base = choose(random, &["$p", "$p", "$q"]).to_owned();
            let distance = if below(random, 2) == 0 { 0 } else { choose(random, &DISTANCES) };
            (base, random.next(), distance, below(random, 6) == 0)
        })
        .collect();
    let mut body = String::new();
    for copy in 0..copies {
        for (base, seed, distance, conditional) in &shapes {
            let address = neighbour(base, distance.wrapping_add(step * copy));
            let access = access(&mut Random(*seed), &address, storing);
            match conditional {
                true => write!(body, "(if (i32.and (local.get $acc) (i32.const 1)) (then {access}))"),
                false => write!(body, "{access}"),
            }
            .expect("text");
        }
    }
    let advance = step.wrapping_mul(copies);
    write!(body, "(local.set $p (i32.add (local.get $p) (i32.const {advance})))").expect("text");
    write!(body, "(local.set $q (i32.add (local.get $q) (i32.const {advance})))").expect("text");
    let (before, condition) = exit(form, copies, advance);
    format!("{before}(loop $again {body} (br_if $again {condition}))")
}

/// Counts down, up, through a wrapping negative number, or compares the address.
fn exit(form: usize, copies: i32, advance: i32) -> (String, String) {
    let count = format!("(i32.mul (i32.add (local.get $n) (i32.const 1)) (i32.const {copies}))");
    match form {
        0 => (
            format!("(local.set $n {count})"),
            format!("(local.tee $n (i32.sub (local.get $n) (i32.const {copies})))"),
        ),
        1 => (
            format!("(local.set $i (i32.const 0)) (local.set $n {count})"),
            format!("(i32.ne (local.tee $i (i32.add (local.get $i) (i32.const {copies}))) (local.get $n))"),
        ),
        2 => (
            format!("(local.set $i (i32.sub (i32.const 0) {count}))"),
            format!("(local.tee $i (i32.add (local.get $i) (i32.const {copies})))"),
        ),
        _ => (
            format!(
                "(local.set $i (i32.add (local.get $p) (i32.mul (i32.add (local.get $n) (i32.const 1)) \
                 (i32.const {advance}))))"
            ),
            "(i32.ne (local.get $p) (local.get $i))".into(),
        ),
    }
}

fn function(random: &mut Random, name: usize, storing: bool) -> String {
    let mut body = String::new();
    for _ in 0..1 + below(random, 2) {
        let part = if below(random, 3) == 0 { straight(random, storing) } else { looping(random, storing) };
        body.push_str(&part);
    }
    format!(
        r#"(func (export "{name}") (param $p i32) (param $q i32) (param $n i32) (result i32)
            (local $acc i32) (local $i i32) (local.set $acc (i32.const 1)) {body} (local.get $acc))"#
    )
}

/// Two pages of bytes that differ, and a function that sums them up.
fn module(random: &mut Random) -> String {
    let mut text = String::from("(module (memory 2 2)\n(data (i32.const 0) \"");
    for _ in 0..512 {
        write!(text, "\\{:02x}", random.next() as u8).expect("text");
    }
    text.push_str("\")\n(data (i32.const 130560) \"");
    for _ in 0..512 {
        write!(text, "\\{:02x}", random.next() as u8).expect("text");
    }
    text.push_str("\")\n");
    for name in 0..LOADING + STORING {
        text.push_str(&function(random, name, name >= LOADING));
        text.push('\n');
    }
    text.push_str(
        r#"(func (export "sum") (result i32) (local $i i32) (local $s i32)
            (loop $again
                (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 33)) (i32.load8_u (local.get $i))))
                (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 131072))))
            (local.get $s)))"#,
    );
    text
}

/// Addresses at the edges of the memory, of 32 bits, and of what guards a memory; small counts.
fn argument(random: &mut Random) -> ValueSlot {
    let near = below(random, 40) as u64;
    let value = match below(random, 8) {
        0 => near,
        1 => 131_072 - near,
        2 => (1 << 32) - near - 1,
        3 => 65_536 + near,
        4 => (1 << 32) - 65_536 + near,
        _ => random.next() % 131_072,
    };
    [value & 0xffff_ffff, 0]
}

fn make(seed: u64) -> (Vec<u8>, Script) {
    let mut random = Random(seed);
    let wasm = assemble(&module(&mut random));
    let exports = exports(&wasm);
    let mut script = Script::new();
    let mut position = 0;
    let mut arguments = |ty: ValType| {
        assert_eq!(ty, ValType::I32);
        position += 1;
        if position % 3 == 0 { [random.next() % 50, 0] } else { argument(&mut random) }
    };
    for _ in 0..CALLS {
        script.call(&exports[..LOADING], &mut arguments);
    }
    script.nothing_stored();
    for name in LOADING..LOADING + STORING {
        script.call(&exports[name..=name], &mut arguments);
        script.call(&exports[LOADING + STORING..], &mut arguments);
    }
    (wasm, script)
}

#[test]
fn addresses_wrap_as_they_should() {
    compare_seeds("addresses", 40, 600, make).unwrap_or_else(|failure| panic!("{failure}"));
}
