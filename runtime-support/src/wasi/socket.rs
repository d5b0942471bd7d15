//! Sockets that were preopened (`--tcplisten`) and connections accepted on them: `sock_*`.

use core::mem::MaybeUninit;

use rustix::fd::OwnedFd;
use rustix::net::{
    RecvAncillaryBuffer, RecvFlags, ReturnFlags, SendAncillaryBuffer, SendFlags, Shutdown, SocketFlags,
};

use super::errno::Errno;
use super::table::Entry;
use super::types::{fdflags, filetype};
use super::{Call, host, rights, wasi_functions};

/// Flags of `sock_recv`.
const RECEIVE_PEEK: u32 = 1 << 0;
const RECEIVE_WAIT_ALL: u32 = 1 << 1;
/// What `sock_recv` tells: the message was longer than the buffers.
const DATA_TRUNCATED: u16 = 1 << 0;
/// What `sock_shutdown` closes.
const SHUTDOWN_READ: u32 = 1 << 0;
const SHUTDOWN_WRITE: u32 = 1 << 1;

/// A descriptor that is a socket and has these rights.
fn socket(call: &Call<'_>, fd: u32, rights: u64) -> Result<Entry, Errno> {
    let entry = call.context.table.get(fd)?;
    match entry.filetype {
        filetype::SOCKET_STREAM | filetype::SOCKET_DGRAM => Call::expect_rights(entry, rights),
        _ => Err(Errno::NOTSOCK),
    }
}

fn accept(listener: &Entry, flags: u32) -> Result<OwnedFd, Errno> {
    let nonblocking =
        if flags & fdflags::NONBLOCK != 0 { SocketFlags::NONBLOCK } else { SocketFlags::empty() };
    Ok(host::accept(listener.host(), nonblocking)?)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Waits for a connection and writes its descriptor.
    fn sock_accept(call, fd: u32, flags: u32, result: u32) {
        call.memory.expect_room::<u32>(result)?;
        if flags & !fdflags::NONBLOCK != 0 {
            return Err(Errno::INVAL);
        }
        let listener = socket(call, fd, rights::SOCK_ACCEPT)?;
        let connection = accept(&listener, flags)?;
        let rights = rights::CONNECTION & listener.rights_inheriting;
        let entry = Entry::new(connection, filetype::SOCKET_STREAM, rights, rights);
        call.memory.write(result, call.context.table.insert(entry)?)
    }

    /// Receives into buffers; writes how many bytes, and whether more were lost.
    fn sock_recv(call, fd: u32, buffers: u32, count: u32, flags: u32, received: u32, flags_out: u32) {
        if flags & !(RECEIVE_PEEK | RECEIVE_WAIT_ALL) != 0 {
            return Err(Errno::INVAL);
        }
        let entry = socket(call, fd, rights::FD_READ)?;
        call.memory.expect_room::<u32>(received)?;
        call.memory.expect_room::<u16>(flags_out)?;
        let peek = if flags & RECEIVE_PEEK != 0 { RecvFlags::PEEK } else { RecvFlags::empty() };
        let wait = if flags & RECEIVE_WAIT_ALL != 0 { RecvFlags::WAITALL } else { RecvFlags::empty() };
        let mut batch = call.memory.vectors(buffers, count)?.next_batch()?;
        let mut no_control = RecvAncillaryBuffer::new(&mut [] as &mut [MaybeUninit<u8>]);
        let message = rustix::net::recvmsg(entry.host(), batch.to_read(), &mut no_control, peek | wait)?;
        let truncated = if message.flags.contains(ReturnFlags::TRUNC) { DATA_TRUNCATED } else { 0 };
        call.memory.write(received, message.bytes as u32)?;
        call.memory.write(flags_out, truncated)
    }

    /// Sends buffers; writes how many bytes.
    fn sock_send(call, fd: u32, buffers: u32, count: u32, flags: u32, sent: u32) {
        if flags != 0 {
            return Err(Errno::INVAL);
        }
        let entry = socket(call, fd, rights::FD_WRITE)?;
        call.memory.expect_room::<u32>(sent)?;
        let batch = call.memory.vectors(buffers, count)?.next_batch()?;
        let mut no_control = SendAncillaryBuffer::new(&mut [] as &mut [MaybeUninit<u8>]);
        let bytes = rustix::net::sendmsg(entry.host(), batch.to_write(), &mut no_control, SendFlags::NOSIGNAL)?;
        call.memory.write(sent, bytes as u32)
    }

    /// Closes one or both directions of a connection.
    fn sock_shutdown(call, fd: u32, how: u32) {
        const BOTH: u32 = SHUTDOWN_READ | SHUTDOWN_WRITE;
        let entry = socket(call, fd, rights::SOCK_SHUTDOWN)?;
        let how = match how {
            SHUTDOWN_READ => Shutdown::Read,
            SHUTDOWN_WRITE => Shutdown::Write,
            BOTH => Shutdown::Both,
            _ => return Err(Errno::INVAL),
        };
        Ok(rustix::net::shutdown(entry.host(), how)?)
    }
}
