(module
  (import "env" "log" (func $log (param i32)))
  (import "env" "shared" (memory $shared 1 4))
  (export "again" (memory $shared))
  (export "log_again" (func $log))
  (memory $own (export "own") 1)
  (global (export "calls") (mut i32) (i32.const 0))
  (func $count (global.set 0 (i32.add (global.get 0) (i32.const 1))))
  ;; The host is told, and may call what it knows of.
  (func (export "tell") (param i32) (call $count) (call $log (local.get 0)))
  (func (export "fail") (param i32) (call $count)
    (drop (i32.load $own (i32.add (local.get 0) (i32.const 65536)))))
  ;; No fuel is too much for a loop that LLVM counts beforehand.
  (global $noise (mut i32) (i32.const 1))
  (func (export "spin")
    (loop $l
      (global.set $noise (i32.add (i32.mul (global.get $noise) (i32.const 1664525)) (i32.const 1013904223)))
      (br $l)))
  (func $deep (export "deep") (param i32) (result i32)
    (i32.add (call $deep (local.get 0)) (i32.const 1)))
  (func (export "load") (param i32) (result i32) (i32.load8_u $shared (local.get 0)))
  (start $begin)
  (func $begin (i32.store8 $shared (i32.const 7) (i32.const 70)) (call $log (i32.const 1))))
