;; The legacy encoding, which no official script has. `tests/exceptions.rs` has Node judge the same
;; script.

(module
  (tag $a (param i32))
  (tag $b (param i64 i64))
  (tag $c)
  (func $throw (param $which i32) (param $value i32)
    (block $c (block $b (block $a
      (br_table $a $b $c (local.get $which)))
      (throw $a (local.get $value)))
      (throw $b (i64.extend_i32_s (local.get $value)) (i64.const 1)))
    (if (i32.eq (local.get $which) (i32.const 2)) (then (throw $c)))
    (if (i32.eq (local.get $which) (i32.const 3)) (then (unreachable))))

  (func $select (export "select") (param $which i32) (param $value i32) (result i32)
    try (result i32)
      (call $throw (local.get $which) (local.get $value)) (i32.const 1000)
    catch $a
      (i32.add (i32.const 1))
    catch $b
      (i32.wrap_i64 (i64.add))
    catch_all
      (i32.const -1)
    end)

  ;; Thrown in the same function.
  (func (export "local") (param i32) (result i32)
    try (result i32)
      (if (i32.lt_s (local.get 0) (i32.const 0)) (then (throw $c)))
        (throw $a (local.get 0))
    catch $c
      (i32.const -7)
    catch $a
      (i32.mul (i32.const 2))
    end)

  ;; What no handler takes goes on outwards; so does what a handler throws.
  (func (export "nested") (param $which i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get $which) (i32.const 5)) (i32.const 1)
        catch $a
          (drop) (throw $b (i64.const 20) (i64.const 3))
        catch $c
          (throw $c)
        end
    catch $b
      (i32.wrap_i64 (i64.mul))
    catch_all
      (i32.const 99)
    end)

  (func (export "rethrow") (param $which i32) (result i32)
    (local $seen i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get $which) (i32.const 6)) (i32.const 2)
        catch $a
          (local.set $seen) (rethrow 0)
        catch_all
          (local.set $seen (i32.const 100)) (rethrow 0)
        end
    catch $a
      (i32.add (local.get $seen))
    catch $b
      (drop) (i32.wrap_i64) (i32.add (local.get $seen))
    catch_all
      (local.get $seen)
    end)

  ;; The exception of an outer handler, twice, while an inner handler handles another one.
  (func (export "rethrow-outer") (param $which i32) (result i32)
    (local $seen i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get $which) (i32.const 7)) (i32.const 3)
        catch_all
          try
              (rethrow 1)
            catch_all
              (local.set $seen (i32.const 10))
            end
            try
              (call $throw (i32.const 1) (i32.const 4))
            catch $b
              (drop) (drop) (local.set $seen (i32.add (local.get $seen) (i32.const 1)))
                (rethrow 1)
            end
            (i32.const -1)
        end
    catch $a
      (i32.add (local.get $seen))
    catch_all
      (local.get $seen)
    end)

  (func (export "delegate") (param $which i32) (result i32)
    try $outer (result i32)
      try (result i32)
          try (result i32)
              (call $throw (local.get $which) (i32.const 8)) (i32.const 4)
            delegate $outer
        catch_all
          (i32.const -1)
        end
    catch $a
      (i32.add (i32.const 30))
    catch_all
      (i32.const 40)
    end)

  ;; To a block: what protects that block.
  (func (export "delegate-block") (param $which i32) (result i32)
    try (result i32)
      (block $block (result i32)
          try (result i32)
            try (result i32)
                (call $throw (local.get $which) (i32.const 9)) (i32.const 5)
              delegate $block
          catch_all
            (i32.const -1)
          end)
    catch $a
      (i32.add (i32.const 50))
    catch_all
      (i32.const 60)
    end)

  ;; To the caller.
  (func $delegate-out (param $which i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get $which) (i32.const 10)) (i32.const 6)
        delegate 1
    catch_all
      (i32.const -1)
    end)
  (func (export "delegate-out") (param i32) (result i32)
    try (result i32)
      (call $delegate-out (local.get 0))
    catch $a
    catch_all
      (i32.const 70)
    end)

  (func (export "no-handler") (param $which i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get $which) (i32.const 11)) (i32.const 7)
        end
    catch_all
      (i32.const 80)
    end)

  ;; Branches out of the block and of handlers, and a loop.
  (func (export "branches") (param $count i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        try
          (call $throw (i32.rem_u (local.get $count) (i32.const 3)) (local.get $count))
        catch $a
          (local.set $sum (i32.add (local.get $sum))) (br $again)
        catch $b
          (drop) (drop) (br 1)
        catch_all
          (local.set $sum (i32.add (local.get $sum) (i32.const 1000)))
        end
        (br $again)))
    (local.get $sum))

  (func $relay (param $depth i32)
    try
      (if (i32.eqz (local.get $depth))
          (then (throw $a (i32.const 12)))
          (else (call $relay (i32.sub (local.get $depth) (i32.const 1)))))
    catch_all
      (rethrow 0)
    end)
  (func (export "relay") (param i32) (result i32)
    try (result i32)
      (call $relay (local.get 0)) (i32.const -1)
    catch $a
    end)
  (func (export "churn") (param i32) (result i32)
    (local $sum i32)
    (loop $again
      try
        (call $relay (i32.const 3))
      catch $a
        (local.set $sum (i32.add (local.get $sum)))
      end
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum))

  (func (export "unreachable-handler") (result i32)
    try (result i32)
      (i32.const 9)
    catch $a
    catch_all
      (i32.const 10)
    end)
  (func (export "in-unreachable") (result i32)
    (return (i32.const 11))
    try
      (call $relay (i32.const 0))
    catch $a
      (drop)
    catch_all
      (rethrow 0)
    end
    try
      (call $relay (i32.const 0))
    delegate 0
    (i32.const 12)))

(assert_return (invoke "select" (i32.const 0) (i32.const 41)) (i32.const 42))
(assert_return (invoke "select" (i32.const 1) (i32.const 41)) (i32.const 42))
(assert_return (invoke "select" (i32.const 2) (i32.const 41)) (i32.const -1))
(assert_return (invoke "select" (i32.const 4) (i32.const 41)) (i32.const 1000))
(assert_trap (invoke "select" (i32.const 3) (i32.const 41)) "unreachable")
(assert_return (invoke "local" (i32.const 21)) (i32.const 42))
(assert_return (invoke "local" (i32.const -1)) (i32.const -7))
(assert_return (invoke "nested" (i32.const 0)) (i32.const 60))
(assert_return (invoke "nested" (i32.const 1)) (i32.const 5))
(assert_return (invoke "nested" (i32.const 2)) (i32.const 99))
(assert_return (invoke "nested" (i32.const 4)) (i32.const 1))
(assert_return (invoke "rethrow" (i32.const 0)) (i32.const 12))
(assert_return (invoke "rethrow" (i32.const 1)) (i32.const 106))
(assert_return (invoke "rethrow" (i32.const 2)) (i32.const 100))
(assert_return (invoke "rethrow" (i32.const 4)) (i32.const 2))
(assert_return (invoke "rethrow-outer" (i32.const 0)) (i32.const 18))
(assert_return (invoke "rethrow-outer" (i32.const 1)) (i32.const 11))
(assert_return (invoke "rethrow-outer" (i32.const 2)) (i32.const 11))
(assert_return (invoke "rethrow-outer" (i32.const 4)) (i32.const 3))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 38))
(assert_return (invoke "delegate" (i32.const 1)) (i32.const 40))
(assert_return (invoke "delegate" (i32.const 4)) (i32.const 4))
(assert_return (invoke "delegate-block" (i32.const 0)) (i32.const 59))
(assert_return (invoke "delegate-block" (i32.const 2)) (i32.const 60))
(assert_return (invoke "delegate-out" (i32.const 0)) (i32.const 10))
(assert_return (invoke "delegate-out" (i32.const 2)) (i32.const 70))
(assert_return (invoke "no-handler" (i32.const 0)) (i32.const 80))
(assert_return (invoke "no-handler" (i32.const 4)) (i32.const 7))
(assert_return (invoke "branches" (i32.const 10)) (i32.const 3018))
(assert_return (invoke "relay" (i32.const 0)) (i32.const 12))
(assert_return (invoke "relay" (i32.const 10000)) (i32.const 12))
(assert_return (invoke "churn" (i32.const 50000)) (i32.const 600000))
(assert_return (invoke "unreachable-handler") (i32.const 9))
(assert_return (invoke "in-unreachable") (i32.const 11))
