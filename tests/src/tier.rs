//! How much of the matrix a run of the tests covers: the environment says it, for all of them here.

/// Selects the tier: `fast` (the default) or `full`.
pub const TIER_VARIABLE: &str = "WASMWRIGHT_TEST_TIER";

/// Whether everything is asked for. Panics where the variable says neither: a run that was meant to
/// be full must not pass as a fast one.
pub fn is_full_tier() -> bool {
    match std::env::var(TIER_VARIABLE).as_deref() {
        Err(_) | Ok("fast") => false,
        Ok("full") => true,
        Ok(other) => panic!("{TIER_VARIABLE} is `{other}`; it may be `fast` or `full`"),
    }
}
