(module
  (memory (export "memory") 1 8)
  (memory $other (export "other") 2 2)
  (data (i32.const 8) "data")
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "load_other") (param i32) (result i32) (i32.load $other (local.get 0)))
  (func (export "store_other") (param i32 i32) (i32.store $other (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
