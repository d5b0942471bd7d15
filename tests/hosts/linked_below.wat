(module
  (global $own (mut i32) (i32.const 500))
  (func (export "add") (param i32) (result i32)
    (global.set $own (i32.add (global.get $own) (local.get 0)))
    (global.get $own))
  (memory 1)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
