//! `poll_oneoff`: waiting for the first of some points in time and descriptors.
//!
//! All descriptors go to one `ppoll`, whose timeout is the earliest point in time. Afterwards the
//! subscriptions are read again, in the same order, and what has happened is written. Invariant:
//! an event is written only for what really is so; where the kernel wakes early, the wait goes on.

use core::mem::MaybeUninit;
use core::slice;

use rustix::event::{PollFd, PollFlags, Timespec};

use super::clock::now;
use super::errno::Errno;
use super::table::Entry;
use super::types::{
    CLOCK_ABSOLUTE, EVENT_HANGUP, Event, GuestValue, NANOSECONDS, Subscription, clockid, eventtype, filetype,
};
use super::{Call, host, is_function, rights, wasi_functions};
use crate::sys;

/// A subscription, in either version's layout.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// What the event will carry.
    pub userdata: u64,
    /// One of [`eventtype`].
    pub kind: u8,
    /// What is waited for.
    pub source: Source,
}

/// What a subscription waits for.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Number of the descriptor, if it is one.
    pub number: u32,
    /// Number of the clock, if it is one.
    pub clock: u32,
    /// When, in nanoseconds.
    pub timeout: u64,
    /// Whether `timeout` is a point in time.
    pub flags: u16,
}

impl From<Subscription> for Request {
    fn from(subscription: Subscription) -> Self {
        let Subscription { userdata, kind, number, timeout, flags, .. } = subscription;
        Self { userdata, kind, source: Source { number, clock: number, timeout, flags } }
    }
}

impl Source {
    /// Nanoseconds until the point in time, of which `elapsed` have gone by since the call.
    fn remaining(&self, elapsed: u64) -> Result<u64, Errno> {
        if self.clock != clockid::REALTIME && self.clock != clockid::MONOTONIC {
            return Err(Errno::INVAL);
        }
        let past = if self.flags & CLOCK_ABSOLUTE != 0 { now(self.clock)? } else { elapsed };
        Ok(self.timeout.saturating_sub(past))
    }
}

/// The guest's subscriptions.
struct Requests<'a, T> {
    call: &'a Call<'a>,
    address: u32,
    count: u32,
    layout: core::marker::PhantomData<T>,
}

impl<T: GuestValue + Into<Request>> Requests<'_, T> {
    /// Runs something on each, until it fails.
    fn each(&self, mut action: impl FnMut(Request) -> Result<(), Errno>) -> Result<(), Errno> {
        for index in 0..self.count {
            // The whole list was checked to lie in the memory.
            let address = self.address.wrapping_add(index.wrapping_mul(size_of::<T>() as u32));
            action(self.call.memory.read::<T>(address)?.into())?;
        }
        Ok(())
    }
}

/// Descriptors that are polled without asking the system for room.
const POLLED_ON_STACK: usize = 32;

/// Room for what `ppoll` works on.
struct Polled {
    on_stack: [MaybeUninit<PollFd<'static>>; POLLED_ON_STACK],
    mapped: Option<*mut MaybeUninit<PollFd<'static>>>,
    room: usize,
    count: usize,
}

impl Polled {
    fn new(at_most: usize) -> Result<Self, Errno> {
        let mut polled = Self {
            on_stack: [const { MaybeUninit::uninit() }; POLLED_ON_STACK],
            mapped: None,
            room: POLLED_ON_STACK,
            count: 0,
        };
        if at_most > POLLED_ON_STACK {
            let mapped = sys::map_zeroed(at_most * size_of::<PollFd<'_>>()).ok_or(Errno::NOMEM)?;
            polled.mapped = Some(mapped.cast());
            polled.room = at_most;
        }
        Ok(polled)
    }

    fn start(&mut self) -> *mut MaybeUninit<PollFd<'static>> {
        self.mapped.unwrap_or(self.on_stack.as_mut_ptr())
    }

    fn push(&mut self, entry: &Entry, flags: PollFlags) {
        // SAFETY: the table holds it open; should another thread close it, polling says so.
        let host = unsafe { host::borrow(entry.host) };
        if self.count < self.room {
            // SAFETY: inside the room.
            unsafe { (*self.start().add(self.count)).write(PollFd::from_borrowed_fd(host, flags)) };
            self.count += 1;
        }
    }

    fn as_mut_slice(&mut self) -> &mut [PollFd<'static>] {
        // SAFETY: the first `count` are written.
        unsafe { slice::from_raw_parts_mut(self.start().cast(), self.count) }
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        if let Some(mapped) = self.mapped {
            // SAFETY: `new` mapped it, and nothing borrows from `self` any more.
            unsafe { sys::unmap(mapped.cast(), self.room * size_of::<PollFd<'_>>()) };
        }
    }
}

/// Waits for the first of some events, with subscriptions in the layout `T`.
pub fn wait<T: GuestValue + Into<Request>>(
    call: &Call<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    if count == 0 {
        return Err(Errno::INVAL);
    }
    call.memory.expect_room::<u32>(result)?;
    call.memory.stretch(subscriptions, u64::from(count) * size_of::<T>() as u64)?;
    call.memory.stretch(events, u64::from(count) * size_of::<Event>() as u64)?;
    let requests = Requests::<T> { call, address: subscriptions, count, layout: core::marker::PhantomData };

    let mut polled = Polled::new(count as usize)?;
    requests.each(|request| add_descriptor(call, &request, &mut polled))?;
    let started = now(clockid::MONOTONIC)?;
    loop {
        let elapsed = now(clockid::MONOTONIC)?.saturating_sub(started);
        poll(&mut polled, earliest(&requests, elapsed)?)?;
        let elapsed = now(clockid::MONOTONIC)?.saturating_sub(started);
        let written = write_events(&requests, &mut polled, elapsed, events)?;
        if written > 0 {
            return call.memory.write(result, written);
        }
    }
}

fn add_descriptor(call: &Call<'_>, request: &Request, polled: &mut Polled) -> Result<(), Errno> {
    let flags = match request.kind {
        eventtype::CLOCK => return Ok(()),
        eventtype::FD_READ => PollFlags::IN,
        eventtype::FD_WRITE => PollFlags::OUT,
        _ => return Err(Errno::INVAL),
    };
    let entry = call.file(request.source.number, rights::POLL_FD_READWRITE)?;
    polled.push(&entry, flags);
    Ok(())
}

/// Nanoseconds until the earliest point in time; `None` if none is waited for.
fn earliest<T: GuestValue + Into<Request>>(
    requests: &Requests<'_, T>,
    elapsed: u64,
) -> Result<Option<u64>, Errno> {
    let mut earliest = None;
    requests.each(|request| {
        if request.kind == eventtype::CLOCK {
            let remaining = request.source.remaining(elapsed)?;
            earliest = Some(earliest.map_or(remaining, |earliest: u64| earliest.min(remaining)));
        }
        Ok(())
    })?;
    Ok(earliest)
}

fn poll(polled: &mut Polled, nanoseconds: Option<u64>) -> Result<(), Errno> {
    let timeout = nanoseconds.map(|nanoseconds| Timespec {
        tv_sec: (nanoseconds / NANOSECONDS) as i64,
        tv_nsec: (nanoseconds % NANOSECONDS) as _,
    });
    match rustix::event::poll(polled.as_mut_slice(), timeout.as_ref()) {
        // The loop looks at the clocks and comes back.
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes what has happened; how many events that is.
fn write_events<T: GuestValue + Into<Request>>(
    requests: &Requests<'_, T>,
    polled: &mut Polled,
    elapsed: u64,
    events: u32,
) -> Result<u32, Errno> {
    let call = requests.call;
    let mut written = 0u32;
    let mut answers = polled.as_mut_slice().iter();
    requests.each(|request| {
        let event = match request.kind {
            eventtype::CLOCK => clock_event(&request, elapsed)?,
            _ => answers.next().and_then(|answer| descriptor_event(call, &request, answer.revents())),
        };
        if let Some(event) = event {
            call.memory.write(events.wrapping_add(written * size_of::<Event>() as u32), event)?;
            written += 1;
        }
        Ok(())
    })?;
    Ok(written)
}

fn clock_event(request: &Request, elapsed: u64) -> Result<Option<Event>, Errno> {
    let has_come = request.source.remaining(elapsed)? == 0;
    Ok(has_come.then_some(Event { userdata: request.userdata, kind: request.kind, ..Event::default() }))
}

fn descriptor_event(call: &Call<'_>, request: &Request, answer: PollFlags) -> Option<Event> {
    if answer.is_empty() {
        return None;
    }
    let Request { userdata, kind, .. } = *request;
    // For the kernel that is no descriptor, so that it does not wait.
    if call.context.table.get(request.source.number).is_ok_and(|entry| is_function(&entry)) {
        return Some(Event { userdata, kind, bytes: 1, ..Event::default() });
    }
    let error = if answer.contains(PollFlags::NVAL) {
        Errno::BADF.number()
    } else if answer.contains(PollFlags::ERR) {
        Errno::IO.number()
    } else {
        0
    };
    let flags = if answer.contains(PollFlags::HUP) { EVENT_HANGUP } else { 0 };
    let bytes = match request.kind {
        eventtype::FD_READ => {
            call.context.table.get(request.source.number).map_or(0, |entry| readable(&entry))
        }
        // No system tells how much; at least one byte fits.
        _ => 1,
    };
    Some(Event { userdata, error, kind, bytes, flags, ..Event::default() })
}

/// Bytes that can be read without waiting.
fn readable(entry: &Entry) -> u64 {
    if entry.filetype != filetype::REGULAR_FILE {
        return rustix::io::ioctl_fionread(entry.host()).unwrap_or(0);
    }
    let size = rustix::fs::fstat(entry.host()).map_or(0, |stat| stat.st_size as u64);
    let place = rustix::fs::tell(entry.host()).unwrap_or(0);
    size.saturating_sub(place)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Waits for the first of some events.
    fn poll_oneoff(call, subscriptions: u32, events: u32, count: u32, result: u32) {
        wait::<Subscription>(call, subscriptions, events, count, result)
    }
}
