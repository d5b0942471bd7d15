(module
  (tag $tag (param i32))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func $throw (param i32) (throw $tag (local.get 0)))
  ;; Catches what another function throws.
  (func (export "catch") (param i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (block $caught (result i32)
      (try_table (catch $tag $caught) (call $throw (local.get 0)))
      (i32.const -1)))
  (func (export "count") (result i32) (global.get $count))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
