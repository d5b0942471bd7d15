;; Functions of a linked module in a table of the host, and handlers where nothing is thrown.
(module
  (type $unary (func (param i32) (result i32)))
  (import "below" "add" (func $add (type $unary)))
  (import "below" "load" (func $load (type $unary)))
  (import "env" "table" (table $t 20 20 funcref))
  (import "host" "throw" (func $throw (param i32)))
  (elem declare func $add $load)
  (func (export "put")
    (table.set $t (i32.const 0) (ref.func $add))
    (table.set $t (i32.const 1) (ref.func $load)))
  (func (export "call") (param i32 i32) (result i32)
    (call_indirect $t (type $unary) (local.get 1) (local.get 0)))
  (func (export "catch") (param i32) (result i32)
    (block
      (try_table (catch_all 0) (call $throw (local.get 0)))
      (return (i32.const 0)))
    (i32.const 1))
  (func (export "catch_call") (param i32 i32) (result i32)
    (block
      (try_table (catch_all 0) (return (call_indirect $t (type $unary) (local.get 1) (local.get 0)))))
    (i32.const -1)))
