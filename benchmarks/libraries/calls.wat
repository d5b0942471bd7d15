;; What is called and instantiated: a little work on a global, a memory with an image of two pages.
(module
  (memory (export "memory") 4)
  (global $total (mut i32) (i32.const 0))
  (data (i32.const 1024) "an image")
  (data (i32.const 70000) "on two pages")
  (func (export "add") (param i32 i32) (result i32)
    (global.set $total (i32.add (global.get $total) (local.get 0)))
    (i32.add (global.get $total) (local.get 1)))
  (func (export "touch") (param i32) (result i32)
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1)))
    (i32.load (local.get 0))))
