(module
  (tag (export "first") (param i32 i64))
  (tag (export "second") (param i32 i64))
  (tag (export "other") (param i32 f64)))
