(module
  (tag $first (export "first") (param i32 i64))
  (tag $second (export "second") (param i32 i64))
  (tag (export "other") (param i32 f64))
  (func (export "throw") (param $is_second i32) (param i32 i64)
    (if (local.get $is_second) (then (throw $second (local.get 1) (local.get 2))))
    (throw $first (local.get 1) (local.get 2))))
