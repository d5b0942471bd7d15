;; The functions of `wasi_unstable` whose layouts differ from `wasi_snapshot_preview1`, and some
;; that do not. `/data` is preopened as 3 and holds `file` of ten bytes. The status is the number
;; of the check that failed.
(module
  (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
  (import "wasi_unstable" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_filestat_get" (func $fd_stat (param i32 i32) (result i32)))
  (import "wasi_unstable" "path_filestat_get" (func $path_stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_unstable" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "file")

  (func $check (param $number i32) (param $holds i32)
    (if (i32.eqz (local.get $holds)) (then (call $exit (local.get $number)))))

  (func (export "_start") (local $fd i32)
    (call $check (i32.const 1) (i32.eqz (call $prestat (i32.const 3) (i32.const 16))))
    (call $check (i32.const 2) (i32.eq (i32.load (i32.const 20)) (i32.const 5)))
    (call $check (i32.const 3) (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 4)
      (i32.const 0) (i64.const 0x200026) (i64.const 0) (i32.const 0) (i32.const 16))))
    (local.set $fd (i32.load (i32.const 16)))

    ;; Whence: 0 is from here, 1 from the end, 2 from the start.
    (call $check (i32.const 4) (i32.eqz (call $seek (local.get $fd) (i64.const 4) (i32.const 2) (i32.const 24))))
    (call $check (i32.const 5) (i64.eq (i64.load (i32.const 24)) (i64.const 4)))
    (call $check (i32.const 6) (i32.eqz (call $seek (local.get $fd) (i64.const 3) (i32.const 0) (i32.const 24))))
    (call $check (i32.const 7) (i64.eq (i64.load (i32.const 24)) (i64.const 7)))
    (call $check (i32.const 8) (i32.eqz (call $seek (local.get $fd) (i64.const -1) (i32.const 1) (i32.const 24))))
    (call $check (i32.const 9) (i64.eq (i64.load (i32.const 24)) (i64.const 9)))
    (call $check (i32.const 10) (i32.eq (call $seek (local.get $fd) (i64.const 0) (i32.const 3) (i32.const 24)) (i32.const 28)))
    (i32.store (i32.const 32) (i32.const 48))
    (i32.store (i32.const 36) (i32.const 10))
    (call $check (i32.const 11) (i32.eqz (call $read (local.get $fd) (i32.const 32) (i32.const 1) (i32.const 40))))
    (call $check (i32.const 12) (i32.eq (i32.load (i32.const 40)) (i32.const 1)))
    (call $check (i32.const 13) (i32.eq (i32.load8_u (i32.const 48)) (i32.const 0x39)))

    ;; Attributes: 56 bytes, the count of links 32 bits at 20, the size at 24.
    (i32.store (i32.const 156) (i32.const 0x55555555))
    (call $check (i32.const 14) (i32.eqz (call $fd_stat (local.get $fd) (i32.const 100))))
    (call $check (i32.const 15) (i32.eq (i32.load8_u (i32.const 116)) (i32.const 4)))
    (call $check (i32.const 16) (i32.eq (i32.load (i32.const 120)) (i32.const 1)))
    (call $check (i32.const 17) (i64.eq (i64.load (i32.const 124)) (i64.const 10)))
    (call $check (i32.const 18) (i64.gt_u (i64.load (i32.const 148)) (i64.const 1577836800000000000)))
    (call $check (i32.const 19) (i32.eq (i32.load (i32.const 156)) (i32.const 0x55555555)))
    (i32.store (i32.const 256) (i32.const 0x55555555))
    (call $check (i32.const 20) (i32.eqz (call $path_stat (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 200))))
    (call $check (i32.const 21) (i64.eq (i64.load (i32.const 224)) (i64.const 10)))
    (call $check (i32.const 22) (i64.eq (i64.load (i32.const 208)) (i64.load (i32.const 108))))
    (call $check (i32.const 23) (i32.eq (i32.load (i32.const 256)) (i32.const 0x55555555)))

    ;; Subscriptions: 56 bytes; a clock has an identifier before its number. The second one is a
    ;; descriptor that can be read at once, the first a clock of an hour.
    (i64.store (i32.const 304) (i64.const 11))
    (i32.store8 (i32.const 312) (i32.const 0))
    (i64.store (i32.const 320) (i64.const 77))
    (i32.store (i32.const 328) (i32.const 1))
    (i64.store (i32.const 336) (i64.const 3600000000000))
    (i64.store (i32.const 360) (i64.const 22))
    (i32.store8 (i32.const 368) (i32.const 1))
    (i32.store (i32.const 376) (local.get $fd))
    (call $check (i32.const 24) (i32.eqz (call $poll (i32.const 304) (i32.const 504) (i32.const 2) (i32.const 600))))
    (call $check (i32.const 25) (i32.eq (i32.load (i32.const 600)) (i32.const 1)))
    (call $check (i32.const 26) (i64.eq (i64.load (i32.const 504)) (i64.const 22)))
    ;; A clock alone, of a millisecond.
    (i64.store (i32.const 336) (i64.const 1000000))
    (call $check (i32.const 27) (i32.eqz (call $poll (i32.const 304) (i32.const 504) (i32.const 1) (i32.const 600))))
    (call $check (i32.const 28) (i64.eq (i64.load (i32.const 504)) (i64.const 11)))
    (call $check (i32.const 29) (i32.eqz (call $time (i32.const 0) (i64.const 1) (i32.const 608))))
    (call $check (i32.const 30) (i64.gt_u (i64.load (i32.const 608)) (i64.const 1577836800000000000)))))
