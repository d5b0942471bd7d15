//! Profiles of execution, as far as they concern the user: bytes that LLVM cannot use are an error,
//! profiles of another program a warning.

mod indexed;

use crate::backend::Emitted;
use crate::error::{Error, Result};
use crate::ir;
use crate::options::Profile;
use crate::progress::Progress;

/// How raw profiles begin, of machines of 64 bits: as a number, so in the order of their bytes.
const RAW_MARK: &[u8; 8] = b"\x81rforpl\xff";

/// Looks at a profile before anything is compiled by it.
pub fn check(profile: &Profile) -> Result<()> {
    let Profile::Use(profile) = profile else { return Ok(()) };
    if profile.bytes().starts_with(RAW_MARK) {
        let text = "this profile is a raw one: merge it first, by `llvm-profdata merge -o OUT.profdata FILE`";
        return Err(Error::Option(text.into()));
    }
    let checked = indexed::check(profile.bytes()).map_err(str::to_owned);
    checked.and_then(|()| ir::check_profile(profile.bytes())).map_err(|why| {
        Error::Option(format!("cannot use the profile: {why}; `llvm-profdata-22 merge` makes one"))
    })
}

/// Tells where a profile is not about this program.
pub fn tell(profile: &Profile, units: &[Emitted], progress: &dyn Progress) {
    if !matches!(profile, Profile::Use(_)) {
        return;
    }
    let optimized = || units.iter().map(|unit| &unit.optimized);
    let warnings: Vec<&String> = optimized().flat_map(|optimized| &optimized.profile_warnings).collect();
    if let Some(first) = warnings.first() {
        progress.warning(&format!(
            "the profile is of another version of the module, or of other options: {} of its functions are not \
             used (the first: {first})",
            warnings.len()
        ));
    } else if optimized().all(|optimized| optimized.profiled_functions == 0) {
        progress.warning("the profile has no counts for any function of this program");
    }
}
