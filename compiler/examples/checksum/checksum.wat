;; What the hosts beside it call.
(module
  (memory (export "memory") 1)
  ;; RFC 1950, section 8.2: the checksum of bytes in the memory.
  (func (export "adler32") (param $address i32) (param $length i32) (result i32) (local $a i32) (local $b i32)
    (local.set $a (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $a (i32.rem_u (i32.add (local.get $a) (i32.load8_u (local.get $address))) (i32.const 65521)))
        (local.set $b (i32.rem_u (i32.add (local.get $b) (local.get $a)) (i32.const 65521)))
        (local.set $address (i32.add (local.get $address) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $next)))
    (i32.or (i32.shl (local.get $b) (i32.const 16)) (local.get $a))))
