//! Error numbers: WASI's, and how Linux's map to them.
//!
//! What enters: errors of system calls. What leaves: the `u32` that a WASI function returns.
//! Invariant: every Linux error has a WASI number; one that WASI lacks becomes `IO`, never
//! success.

/// A WASI error number other than success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(u8);

macro_rules! error_numbers {
    ($($name:ident = $wasi:literal $(, linux $linux:literal)?;)*) => {
        #[allow(missing_docs, reason = "the names are POSIX's")]
        impl Errno {
            $(pub const $name: Errno = Errno($wasi);)*
        }

        /// WASI's number of a Linux error number.
        const FROM_LINUX: [u8; LINUX_NUMBERS] = {
            let mut numbers = [Errno::IO.0; LINUX_NUMBERS];
            $($(numbers[$linux] = $wasi;)?)*
            numbers
        };
    };
}

/// One more than the highest error number of Linux.
const LINUX_NUMBERS: usize = 134;

// The Linux numbers are those of x86-64 and AArch64, which agree.
error_numbers! {
    TOOBIG = 1, linux 7;
    ACCES = 2, linux 13;
    ADDRINUSE = 3, linux 98;
    ADDRNOTAVAIL = 4, linux 99;
    AFNOSUPPORT = 5, linux 97;
    AGAIN = 6, linux 11;
    ALREADY = 7, linux 114;
    BADF = 8, linux 9;
    BADMSG = 9, linux 74;
    BUSY = 10, linux 16;
    CANCELED = 11, linux 125;
    CHILD = 12, linux 10;
    CONNABORTED = 13, linux 103;
    CONNREFUSED = 14, linux 111;
    CONNRESET = 15, linux 104;
    DEADLK = 16, linux 35;
    DESTADDRREQ = 17, linux 89;
    DOM = 18, linux 33;
    DQUOT = 19, linux 122;
    EXIST = 20, linux 17;
    FAULT = 21, linux 14;
    FBIG = 22, linux 27;
    HOSTUNREACH = 23, linux 113;
    IDRM = 24, linux 43;
    ILSEQ = 25, linux 84;
    INPROGRESS = 26, linux 115;
    INTR = 27, linux 4;
    INVAL = 28, linux 22;
    IO = 29, linux 5;
    ISCONN = 30, linux 106;
    ISDIR = 31, linux 21;
    LOOP = 32, linux 40;
    MFILE = 33, linux 24;
    MLINK = 34, linux 31;
    MSGSIZE = 35, linux 90;
    MULTIHOP = 36, linux 72;
    NAMETOOLONG = 37, linux 36;
    NETDOWN = 38, linux 100;
    NETRESET = 39, linux 102;
    NETUNREACH = 40, linux 101;
    NFILE = 41, linux 23;
    NOBUFS = 42, linux 105;
    NODEV = 43, linux 19;
    NOENT = 44, linux 2;
    NOEXEC = 45, linux 8;
    NOLCK = 46, linux 37;
    NOLINK = 47, linux 67;
    NOMEM = 48, linux 12;
    NOMSG = 49, linux 42;
    NOPROTOOPT = 50, linux 92;
    NOSPC = 51, linux 28;
    NOSYS = 52, linux 38;
    NOTCONN = 53, linux 107;
    NOTDIR = 54, linux 20;
    NOTEMPTY = 55, linux 39;
    NOTRECOVERABLE = 56, linux 131;
    NOTSOCK = 57, linux 88;
    NOTSUP = 58, linux 95;
    NOTTY = 59, linux 25;
    NXIO = 60, linux 6;
    OVERFLOW = 61, linux 75;
    OWNERDEAD = 62, linux 130;
    PERM = 63, linux 1;
    PIPE = 64, linux 32;
    PROTO = 65, linux 71;
    PROTONOSUPPORT = 66, linux 93;
    PROTOTYPE = 67, linux 91;
    RANGE = 68, linux 34;
    ROFS = 69, linux 30;
    SPIPE = 70, linux 29;
    SRCH = 71, linux 3;
    STALE = 72, linux 116;
    TIMEDOUT = 73, linux 110;
    TXTBSY = 74, linux 26;
    XDEV = 75, linux 18;
    NOTCAPABLE = 76;
}

/// WASI's greatest error number.
const LAST: u8 = Errno::NOTCAPABLE.0;

impl Errno {
    /// What a function of a host returned: an error number of WASI's, or 0. What is neither is an error,
    /// too.
    pub fn of_host(code: u32) -> Option<Self> {
        match u8::try_from(code) {
            Ok(0) => None,
            Ok(number @ 1..=LAST) => Some(Errno(number)),
            _ => Some(Errno::IO),
        }
    }

    /// As it is written into an event.
    pub const fn number(self) -> u16 {
        self.0 as u16
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(error: rustix::io::Errno) -> Self {
        let number = error.raw_os_error() as usize;
        FROM_LINUX.get(number).map_or(Errno::IO, |&number| Errno(number))
    }
}

/// What a WASI function returns.
pub(super) fn code(outcome: Result<(), Errno>) -> u32 {
    match outcome {
        Ok(()) => 0,
        Err(error) => error.0.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_linux_error_becomes_an_error() {
        for raw in 1..200 {
            let errno = Errno::from(rustix::io::Errno::from_raw_os_error(raw));
            assert!((1..=76).contains(&errno.number()), "{raw}");
        }
    }

    #[test]
    fn headers_of_libraries_have_the_same_numbers() {
        let header = wasmwright_abi::library::SHARED_DECLARATIONS;
        let named = [
            ("AGAIN", Errno::AGAIN),
            ("BADF", Errno::BADF),
            ("INTR", Errno::INTR),
            ("IO", Errno::IO),
            ("NOSPC", Errno::NOSPC),
            ("PIPE", Errno::PIPE),
        ];
        assert_eq!(header.matches("#define WASMWRIGHT_WASI_").count(), named.len());
        for (name, error) in named {
            let line = std::format!("#define WASMWRIGHT_WASI_{name} {}u ", error.number());
            assert!(header.contains(&line), "{line}");
        }
    }

    #[test]
    fn what_a_host_returns_is_an_error_unless_it_is_0() {
        assert_eq!(Errno::of_host(0), None);
        assert_eq!(Errno::of_host(64), Some(Errno::PIPE));
        assert_eq!(Errno::of_host(76), Some(Errno::NOTCAPABLE));
        for code in [77, 255, 256, u32::MAX] {
            assert_eq!(Errno::of_host(code), Some(Errno::IO));
        }
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        let of = |error: rustix::io::Errno| Errno::from(error);
        assert_eq!(of(rustix::io::Errno::NOENT), Errno::NOENT);
        assert_eq!(Errno::NOENT.number(), 44);
        assert_eq!(of(rustix::io::Errno::PERM).number(), 63);
        assert_eq!(of(rustix::io::Errno::LOOP).number(), 32);
        assert_eq!(of(rustix::io::Errno::NOTEMPTY).number(), 55);
        assert_eq!(of(rustix::io::Errno::OPNOTSUPP).number(), 58);
        assert_eq!(Errno::NOTCAPABLE.number(), 76);
    }
}
