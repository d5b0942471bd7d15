//! Listening sockets of `--tcplisten`.
//!
//! What enters: an address as text, `127.0.0.1:8080` or `[::1]:8080`. What leaves: a bound and
//! listening socket. The parser is our own because the library's is several times as large.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType};
use wasmwright_abi::program::{Grant, GrantKind};

use super::context::{Failure, of_kind};
use super::errno::Errno;
use super::table::{Entry, Table, entry_flag};
use super::types::filetype;
use super::{host, rights};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 128;

/// Opens all that were granted, and gives them the next descriptors.
pub fn open_all(table: &Table, granted: &'static [Grant]) -> Result<(), Failure> {
    for grant in of_kind(granted, GrantKind::Listener) {
        // SAFETY: the compiler wrote the grant.
        let address = unsafe { grant.host.as_slice() };
        add(table, address).map_err(|error| Failure {
            action: b"cannot listen at",
            subject: address,
            reason: reason_of(error),
        })?;
    }
    Ok(())
}

fn add(table: &Table, address: &[u8]) -> Result<(), Errno> {
    let mut entry =
        Entry::new(listen(address)?, filetype::SOCKET_STREAM, rights::LISTENER, rights::CONNECTION);
    entry.flags |= entry_flag::LISTENER;
    table.insert(entry).map(drop)
}

/// Words for the errors that a user can act upon.
fn reason_of(error: Errno) -> &'static [u8] {
    match error {
        Errno::INVAL => b"not of the form 127.0.0.1:80 or [::1]:80",
        Errno::ADDRINUSE => b"the address is in use",
        Errno::ADDRNOTAVAIL => b"this machine does not have the address",
        Errno::ACCES => b"permission denied",
        _ => b"the system refuses",
    }
}

fn listen(text: &[u8]) -> Result<OwnedFd, Errno> {
    let address = address(text).ok_or(Errno::INVAL)?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = host::socket(family, SocketType::STREAM)?;
    // So that a restarted server gets its address back at once.
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

fn address(text: &[u8]) -> Option<SocketAddr> {
    let colon = text.iter().rposition(|&byte| byte == b':')?;
    let (host, port) = text.split_at_checked(colon)?;
    let port = number(port.get(1..)?, 10)?;
    let ip = match host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")) {
        Some(inner) => IpAddr::V6(ipv6(inner)?),
        None => IpAddr::V4(ipv4(host)?),
    };
    Some(SocketAddr::new(ip, port))
}

fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut bytes = [0; 4];
    let mut parts = text.split(|&byte| byte == b'.');
    for byte in &mut bytes {
        *byte = u8::try_from(number(parts.next()?, 10)?).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(bytes))
}

/// Groups of hexadecimal digits, where one `::` stands for as many zeros as are missing.
fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    let mut groups = [0; 8];
    match text.windows(2).position(|pair| pair == b"::") {
        None => {
            if groups_of(text, &mut groups)? != groups.len() {
                return None;
            }
        }
        Some(gap) => {
            let (head, tail) = (text.get(..gap)?, text.get(gap + 2..)?);
            let mut last = [0; 8];
            let before = groups_of(head, &mut groups)?;
            let after = groups_of(tail, &mut last)?;
            if before + after >= groups.len() {
                return None;
            }
            for (group, value) in groups.iter_mut().skip(8 - after).zip(last) {
                *group = value;
            }
        }
    }
    Some(Ipv6Addr::from(groups))
}

/// Reads groups separated by colons; how many there were.
fn groups_of(text: &[u8], groups: &mut [u16; 8]) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let mut count = 0;
    for part in text.split(|&byte| byte == b':') {
        *groups.get_mut(count)? = number(part, 16)?;
        count += 1;
    }
    Some(count)
}

/// A number of at least one digit.
fn number(digits: &[u8], base: u32) -> Option<u16> {
    let mut number = 0u16;
    for &digit in digits {
        let digit = (digit as char).to_digit(base)?;
        number = number.checked_mul(base as u16)?.checked_add(digit as u16)?;
    }
    (!digits.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_library_reads_them() {
        let texts = [
            "127.0.0.1:80",
            "0.0.0.0:0",
            "255.255.255.255:65535",
            "[::1]:8080",
            "[::]:1",
            "[1:2:3:4:5:6:7:8]:9",
            "[fe80::1:2]:3",
            "[1::]:2",
            "[1:2:3:4:5:6:7::]:8",
            "256.0.0.1:80",
            "1.2.3:80",
            "1.2.3.4.5:80",
            "1.2.3.4",
            "1.2.3.4:",
            "1.2.3.4:65536",
            "[::1]",
            "::1:80",
            "[1:2:3:4:5:6:7:8:9]:1",
            "[1::2::3]:1",
            "[:1]:1",
            "[]:1",
            "",
            ":",
            "a.b.c.d:1",
            "[g::]:1",
            "localhost:80",
            "[12345::]:1",
            "1.2.3.4:-1",
            "1..2.3:1",
        ];
        for text in texts {
            assert_eq!(address(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }
}
