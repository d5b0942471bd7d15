;; Directives that hold, and others that do not: the line after each `;; wrong` must be found.

(module $M
  (memory (export "memory") 1)
  (global (export "global") (mut i32) (i32.const 7))
  (global (export "wide") v128 (v128.const i64x2 1 2))
  (table (export "table") 2 funcref)
  (elem (i32.const 0) $answer)
  (func $answer (export "answer") (result i32) (i32.const 42))
  (func (export "pair") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "recurse") (call 5))
  (func (export "same") (param externref) (result externref) (local.get 0)))
(register "M")

(assert_return (invoke "answer") (i32.const 42))
;; wrong
(assert_return (invoke "answer") (i32.const 43))
;; wrong
(assert_return (invoke "answer"))
;; wrong
(assert_return (invoke "answer") (i32.const 42) (i32.const 42))
;; wrong
(assert_return (invoke "answers") (i32.const 42))
;; wrong
(assert_return (invoke $N "answer") (i32.const 42))
(assert_return (invoke "pair" (i32.const -1) (f64.const nan:0x4000000000000)) (f64.const nan:0x4000000000000) (i32.const -1))
;; wrong
(assert_return (invoke "pair" (i32.const -1) (f64.const nan:0x4000000000000)) (f64.const nan:canonical) (i32.const -1))
(assert_return (invoke "same" (ref.extern 0)) (ref.extern 0))
;; wrong
(assert_return (invoke "same" (ref.extern 0)) (ref.null extern))

(assert_trap (invoke "load" (i32.const 65536)) "out of bounds memory access")
;; wrong
(assert_trap (invoke "load" (i32.const 65535)) "out of bounds memory access")
;; wrong
(assert_return (invoke "load" (i32.const 65536)) (i32.const 0))
;; wrong
(assert_trap (invoke "divide" (i32.const 1) (i32.const 0)) "integer overflow")
(assert_exhaustion (invoke "recurse") "call stack exhausted")
;; wrong
(assert_exhaustion (invoke "answer") "call stack exhausted")

(assert_return (get "global") (i32.const 7))
(assert_return (get $M "wide") (v128.const i64x2 1 2))
;; wrong
(assert_return (get "wide") (v128.const i64x2 1 3))
;; wrong
(assert_return (get "answer") (i32.const 42))

;; A module that traps leaves what it wrote before.
(assert_trap
  (module
    (memory (import "M" "memory") 1)
    (data (i32.const 8) "\2a")
    (data (i32.const 65536) "x"))
  "out of bounds memory access")
(assert_return (invoke $M "load" (i32.const 8)) (i32.const 42))
;; wrong
(module (memory (import "M" "memory") 1) (data (i32.const 65536) "x"))
;; wrong
(invoke "answer")

(assert_unlinkable (module (import "M" "nothing" (func))) "unknown import")
(assert_unlinkable (module (import "M" "answer" (func))) "incompatible import type")
;; wrong
(assert_unlinkable (module (import "M" "answer" (func))) "unknown import")
(assert_unlinkable (module (import "M" "table" (table 3 funcref))) "incompatible import type")
;; wrong
(assert_unlinkable (module (import "M" "table" (table 2 funcref))) "incompatible import type")
;; wrong
(module (import "M" "table" (table 3 funcref)))

(assert_invalid (module (func (result i32))) "type mismatch")
;; wrong
(assert_invalid (module (func)) "type mismatch")
(assert_malformed (module quote "(func") "unexpected end")
;; wrong
(assert_malformed (module quote "(func)") "unexpected end")
(assert_malformed (module binary "") "unexpected end")

(module definition $D (global (export "g") (mut i32) (i32.const 1))
  (func (export "set") (param i32) (global.set 0 (local.get 0))))
(module instance $I $D)
(module instance $J $D)
(invoke $I "set" (i32.const 5))
(assert_return (get $I "g") (i32.const 5))
(assert_return (get $J "g") (i32.const 1))
;; wrong
(assert_return (get $J "g") (i32.const 5))
