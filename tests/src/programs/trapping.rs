//! Modules in the text format that trap: in every way there is, and by every kind of frame.

/// Bodies that trap, and what the trap says.
pub const TRAPS: &[(&str, &str)] = &[
    ("unreachable", "unreachable"),
    ("(drop (i32.load (i32.const 65536)))", "out of bounds memory access"),
    ("(drop (i32.load (i32.const 65533)))", "out of bounds memory access"),
    ("(drop (i64.load8_s (i32.const -1)))", "out of bounds memory access"),
    ("(drop (i64.load offset=4294967295 (i32.const -1)))", "out of bounds memory access"),
    ("(drop (f64.load offset=65529 (i32.const 0)))", "out of bounds memory access"),
    ("(i32.store8 (i32.const 65536) (i32.const 1))", "out of bounds memory access"),
    ("(i64.store offset=4294967295 (i32.const -1) (i64.const 1))", "out of bounds memory access"),
    ("(f32.store (i32.const 0x7fffffff) (f32.const 1))", "out of bounds memory access"),
    ("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", "out of bounds memory access"),
    ("(memory.fill (i32.const 65537) (i32.const 0) (i32.const 0))", "out of bounds memory access"),
    ("(memory.copy (i32.const 0) (i32.const 65535) (i32.const 2))", "out of bounds memory access"),
    ("(memory.copy (i32.const -1) (i32.const 0) (i32.const -1))", "out of bounds memory access"),
    ("(memory.init $passive (i32.const 0) (i32.const 2) (i32.const 2))", "out of bounds memory access"),
    (
        "(data.drop $passive) (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1))",
        "out of bounds memory access",
    ),
    ("(drop (table.get (i32.const 4)))", "out of bounds table access"),
    ("(table.set (i32.const -1) (ref.null func))", "out of bounds table access"),
    ("(table.fill (i32.const 3) (ref.null func) (i32.const 2))", "out of bounds table access"),
    ("(table.copy (i32.const 0) (i32.const 3) (i32.const 2))", "out of bounds table access"),
    ("(table.init $waiting (i32.const 0) (i32.const 1) (i32.const 1))", "out of bounds table access"),
    ("(call_indirect (type $void) (i32.const 4))", "undefined element"),
    ("(call_indirect (type $void) (i32.const -1))", "undefined element"),
    ("(call_indirect (type $void) (i32.const 1))", "uninitialized element"),
    ("(drop (call_indirect (type $number) (i32.const 0)))", "indirect call type mismatch"),
    ("(drop (i32.div_s (i32.const 1) (local.get $zero)))", "integer divide by zero"),
    ("(drop (i32.div_u (i32.const 1) (local.get $zero)))", "integer divide by zero"),
    ("(drop (i32.rem_s (i32.const 1) (local.get $zero)))", "integer divide by zero"),
    ("(drop (i32.rem_u (i32.const 1) (local.get $zero)))", "integer divide by zero"),
    ("(drop (i64.div_s (i64.const 1) (i64.extend_i32_s (local.get $zero))))", "integer divide by zero"),
    ("(drop (i64.div_u (i64.const 1) (i64.const 0)))", "integer divide by zero"),
    ("(drop (i64.rem_s (i64.const 1) (i64.const 0)))", "integer divide by zero"),
    ("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", "integer divide by zero"),
    (
        "(drop (i32.div_s (i32.const 0x80000000) (i32.sub (local.get $zero) (i32.const 1))))",
        "integer overflow",
    ),
    ("(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", "integer overflow"),
    ("(drop (i32.trunc_f32_s (f32.const 2147483648)))", "integer overflow"),
    ("(drop (i32.trunc_f32_u (f32.const -1)))", "integer overflow"),
    ("(drop (i32.trunc_f64_s (f64.const -2147483649)))", "integer overflow"),
    ("(drop (i32.trunc_f64_u (f64.const 4294967296)))", "integer overflow"),
    ("(drop (i64.trunc_f32_s (f32.const inf)))", "integer overflow"),
    ("(drop (i64.trunc_f32_u (f32.const -inf)))", "integer overflow"),
    ("(drop (i64.trunc_f64_s (f64.const 9223372036854775808)))", "integer overflow"),
    ("(drop (i64.trunc_f64_u (f64.const 18446744073709551616)))", "integer overflow"),
    ("(drop (i32.trunc_f32_s (f32.const nan)))", "invalid conversion to integer"),
    ("(drop (i64.trunc_f64_u (f64.const -nan)))", "invalid conversion to integer"),
    ("(call $small)", "call stack exhausted"),
    ("(drop (call $sum (i64.const 0)))", "call stack exhausted"),
    ("(call $ping (i32.const 1))", "call stack exhausted"),
];

/// A module whose `run` does what its argument says: the traps in their order, or nothing.
pub fn module_of_traps() -> String {
    let mut text = String::from(
        r#"(module
        (type $void (func)) (type $number (func (result i32)))
        (memory 1) (table 4 funcref) (elem (i32.const 0) $nothing)
        (elem $waiting func $nothing) (data $passive "abc")
        (func $nothing)
        ;; Recursion that an optimiser would gladly make a loop.
        (func $small (call $small))
        (func $sum (param i64) (result i64)
            (i64.add (local.get 0) (call $sum (i64.add (local.get 0) (i64.const 1)))))
        (func $ping (param i32) (call $pong (i32.add (local.get 0) (i32.const 1))))
        (func $pong (param i32) (if (local.get 0) (then (call $ping (local.get 0)))))
        (func (export "run") (param $which i32) (local $zero i32)"#,
    );
    for (number, (body, _)) in TRAPS.iter().enumerate() {
        text += &format!("\n(if (i32.eq (local.get $which) (i32.const {number})) (then {body}))");
    }
    text + "))"
}

/// A function that calls itself as often as it is told, with so many values alive meanwhile.
pub fn recursion_with_frames_of(values: usize) -> String {
    let locals = "(local i64)".repeat(values);
    let before: String = (0..values)
        .map(|index| format!("(local.set {} (i64.load offset={} (i32.const 0)))", index + 1, index * 8))
        .collect();
    let after: String = (0..values)
        .map(|index| format!("(i64.store offset={} (i32.const 0) (local.get {}))", index * 8, index + 1))
        .collect();
    format!(
        r#"(module (memory 10)
            (func $deeper (export "run") (param i32) {locals}
                {before}
                (i32.store (i32.const 0) (local.get 0))
                (if (local.get 0) (then (call $deeper (i32.sub (local.get 0) (i32.const 1)))))
                {after}))"#
    )
}
