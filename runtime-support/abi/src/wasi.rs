//! WASI preview 1: names and signatures of the 46 functions of `wasi_snapshot_preview1`, and of
//! the older `wasi_unstable` (45: it has no `sock_accept`), which shares names but not all
//! layouts.
//!
//! Each function is a symbol of its own, in C convention; the first argument is the caller's
//! `*mut InstanceHeader`, then the parameters as in Wasm. `proc_exit` never returns.

/// Name under which the current version is imported.
pub const SNAPSHOT_PREVIEW1: &str = "wasi_snapshot_preview1";
/// Name under which the older version is imported.
pub const UNSTABLE: &str = "wasi_unstable";

/// Symbol of the function for [`crate::program::ProgramDescriptor::wasi_setup`].
pub const SETUP_SYMBOL: &str = "wasmwright_wasi_setup";
/// The same for a program that is granted listening sockets, which others do not link.
pub const SETUP_WITH_LISTENERS_SYMBOL: &str = "wasmwright_wasi_setup_with_listeners";

/// Core type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WasiType {
    /// `i32`
    I32,
    /// `i64`
    I64,
}

/// A function of WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WasiFunction {
    /// Its name in Wasm.
    pub name: &'static str,
    /// Types of its parameters in Wasm.
    pub parameters: &'static [WasiType],
    /// Whether it returns an `i32` (the error number). All do but `proc_exit`.
    pub returns_errno: bool,
    /// Symbol of the implementation for `wasi_snapshot_preview1`.
    pub snapshot_symbol: &'static str,
    /// Symbol of the implementation for `wasi_unstable`, if it has the function.
    pub unstable_symbol: Option<&'static str>,
}

/// The function of that name in the module of that name.
pub fn find(module: &str, name: &str) -> Option<(&'static WasiFunction, &'static str)> {
    let function = FUNCTIONS.iter().find(|function| function.name == name)?;
    let symbol = match module {
        SNAPSHOT_PREVIEW1 => function.snapshot_symbol,
        UNSTABLE => function.unstable_symbol?,
        _ => return None,
    };
    Some((function, symbol))
}

macro_rules! wasi_types {
    (@one i32) => {
        WasiType::I32
    };
    (@one i64) => {
        WasiType::I64
    };
}

macro_rules! wasi_functions {
    ($($name:ident ($($parameter:ident),*) $(-> $errno:ident)?, $unstable:tt;)*) => {
        /// All 46, in the order of the specification's document.
        pub const FUNCTIONS: &[WasiFunction] = &[$(WasiFunction {
            name: stringify!($name),
            parameters: &[$(wasi_types!(@one $parameter)),*],
            returns_errno: wasi_functions!(@errno $($errno)?),
            snapshot_symbol: concat!("wasmwright_wasi_snapshot_preview1_", stringify!($name)),
            unstable_symbol: wasi_functions!(@unstable $name $unstable),
        },)*];
    };
    (@errno) => { false };
    (@errno errno) => { true };
    (@unstable $name:ident same) => { Some(concat!("wasmwright_wasi_snapshot_preview1_", stringify!($name))) };
    (@unstable $name:ident own) => { Some(concat!("wasmwright_wasi_unstable_", stringify!($name))) };
    (@unstable $name:ident none) => { None };
}

// The last word: `same` where wasi_unstable shares the implementation, `own` where its layouts
// differ (filestat, whence, subscription, event), `none` where it lacks the function.
wasi_functions! {
    args_get(i32, i32) -> errno, same;
    args_sizes_get(i32, i32) -> errno, same;
    environ_get(i32, i32) -> errno, same;
    environ_sizes_get(i32, i32) -> errno, same;
    clock_res_get(i32, i32) -> errno, same;
    clock_time_get(i32, i64, i32) -> errno, same;
    fd_advise(i32, i64, i64, i32) -> errno, same;
    fd_allocate(i32, i64, i64) -> errno, same;
    fd_close(i32) -> errno, same;
    fd_datasync(i32) -> errno, same;
    fd_fdstat_get(i32, i32) -> errno, same;
    fd_fdstat_set_flags(i32, i32) -> errno, same;
    fd_fdstat_set_rights(i32, i64, i64) -> errno, same;
    fd_filestat_get(i32, i32) -> errno, own;
    fd_filestat_set_size(i32, i64) -> errno, same;
    fd_filestat_set_times(i32, i64, i64, i32) -> errno, same;
    fd_pread(i32, i32, i32, i64, i32) -> errno, same;
    fd_prestat_get(i32, i32) -> errno, same;
    fd_prestat_dir_name(i32, i32, i32) -> errno, same;
    fd_pwrite(i32, i32, i32, i64, i32) -> errno, same;
    fd_read(i32, i32, i32, i32) -> errno, same;
    fd_readdir(i32, i32, i32, i64, i32) -> errno, same;
    fd_renumber(i32, i32) -> errno, same;
    fd_seek(i32, i64, i32, i32) -> errno, own;
    fd_sync(i32) -> errno, same;
    fd_tell(i32, i32) -> errno, same;
    fd_write(i32, i32, i32, i32) -> errno, same;
    path_create_directory(i32, i32, i32) -> errno, same;
    path_filestat_get(i32, i32, i32, i32, i32) -> errno, own;
    path_filestat_set_times(i32, i32, i32, i32, i64, i64, i32) -> errno, same;
    path_link(i32, i32, i32, i32, i32, i32, i32) -> errno, same;
    path_open(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> errno, same;
    path_readlink(i32, i32, i32, i32, i32, i32) -> errno, same;
    path_remove_directory(i32, i32, i32) -> errno, same;
    path_rename(i32, i32, i32, i32, i32, i32) -> errno, same;
    path_symlink(i32, i32, i32, i32, i32) -> errno, same;
    path_unlink_file(i32, i32, i32) -> errno, same;
    poll_oneoff(i32, i32, i32, i32) -> errno, own;
    proc_exit(i32), same;
    proc_raise(i32) -> errno, same;
    sched_yield() -> errno, same;
    random_get(i32, i32) -> errno, same;
    sock_accept(i32, i32, i32) -> errno, none;
    sock_recv(i32, i32, i32, i32, i32, i32) -> errno, same;
    sock_send(i32, i32, i32, i32, i32) -> errno, same;
    sock_shutdown(i32, i32) -> errno, same;
}
