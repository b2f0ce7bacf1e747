//! The ioctls and channels of DAHDI, as the far side and the lab use them: apart from the box's driver, so that what it
//! takes for granted is not taken for granted here too.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::fs::OpenOptionsExt,
    },
    time::{Duration, Instant},
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// An error number of DAHDI's own: an event waits, and is to be fetched first (`ELAST` in dahdi/user.h).
const EVENT_WAITS: i32 = 500;

/// Makes one ioctl whose argument is a `T`; what it returned.
pub fn control<T>(fd: BorrowedFd<'_>, request: u32, argument: &mut T) -> io::Result<i32> {
    // `_IOC_SIZE`: 14 bits that tell how many octets the kernel reads and writes.
    assert_eq!((request >> 16 & 0x3fff) as usize, size_of::<T>(), "the argument of request {request:#x}");
    // SAFETY: the descriptor is open, and the kernel touches as many octets as the request's number says, which are those
    // of `argument`; any octets are a valid value of the integers and structs of integers that dahdi-sys has.
    #[allow(unsafe_code, reason = "the test's own system call")]
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), request.into(), std::ptr::from_mut(argument)) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// A device of DAHDI.
pub fn device(name: &str) -> io::Result<File> {
    let path = format!("/dev/dahdi/{name}");
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// A channel of a far span.
pub struct Channel {
    file: File,
    number: i32,
}

impl Channel {
    pub fn open(number: i32) -> Channel {
        let channel = Channel { file: device("channel").expect("DAHDI is loaded"), number };
        channel.set(dahdi_sys::DAHDI_SPECIFY, number);
        channel
    }

    /// One for audio in blocks of 10 ms, as it stands on the line. `ahead`: how many blocks of silence are said first.
    pub fn audio(number: i32, ahead: usize) -> Channel {
        let mut channel = Channel::open(number);
        let (policy, blocks) = (dahdi_sys::DAHDI_POLICY_IMMEDIATE as i32, 8);
        let buffers = dahdi_sys::dahdi_bufferinfo {
            txbufpolicy: policy,
            rxbufpolicy: policy,
            numbufs: blocks,
            bufsize: BLOCK as i32,
            ..Default::default()
        };
        channel.set(dahdi_sys::DAHDI_SET_BUFINFO, buffers);
        channel.set(dahdi_sys::DAHDI_BUFFER_EVENTS, 1);
        channel.set(dahdi_sys::DAHDI_FLUSH, dahdi_sys::DAHDI_FLUSH_ALL as i32);
        (0..ahead).for_each(|_| _ = channel.says(&[SILENCE; BLOCK]));
        channel
    }

    /// Makes an ioctl that has to go well.
    pub fn set<T: Copy>(&self, request: u32, mut argument: T) {
        self.try_set(request, &mut argument)
            .unwrap_or_else(|error| panic!("channel {}, {request:#x}: {error}", self.number));
    }

    pub fn try_set<T: Copy>(&self, request: u32, argument: &mut T) -> io::Result<i32> {
        control(self.file.as_fd(), request, argument)
    }

    /// Sets the hook, or rings. The kernel does not wait until it is done, and that is no fault (`EINPROGRESS`).
    pub fn hook(&self, hook: u32) {
        if let Err(error) = self.try_set(dahdi_sys::DAHDI_HOOK, &mut (hook as i32)) {
            assert_eq!(error.raw_os_error(), Some(libc::EINPROGRESS), "channel {}, hook {hook}: {error}", self.number);
        }
    }

    /// Opens the loop for so long.
    pub fn flashes(&self, ms: u16) {
        let mut params = dahdi_sys::dahdi_params { channo: self.number, ..Default::default() };
        self.try_set(dahdi_sys::DAHDI_GET_PARAMS, &mut params).expect("a channel tells its times");
        params.flashtime = ms.into();
        self.set(dahdi_sys::DAHDI_SET_PARAMS, params);
        self.hook(dahdi_sys::DAHDI_FLASH);
    }

    /// Has the kernel dial.
    pub fn dials(&self, digits: &str) {
        let op = dahdi_sys::DAHDI_DIAL_OP_REPLACE as i32;
        let mut dial = dahdi_sys::dahdi_dialoperation { op, ..Default::default() };
        dial.dialstr.iter_mut().zip(digits.bytes()).for_each(|(place, digit)| *place = digit as libc::c_char);
        self.set(dahdi_sys::DAHDI_DIAL, dial);
    }

    /// What happened on the line since it was last asked for; none where nothing did.
    pub fn event(&self) -> Option<u32> {
        let mut event = 0_i32;
        self.try_set(dahdi_sys::DAHDI_GETEVENT, &mut event).expect("a channel tells its events");
        (event != dahdi_sys::DAHDI_EVENT_NONE as i32).then_some(event as u32)
    }

    /// The block that was heard, if one is there; or the event that stands before it.
    pub fn hears(&mut self) -> Result<Option<Block>, u32> {
        let mut block = [0; BLOCK];
        match self.file.read(&mut block) {
            Ok(BLOCK) => Ok(Some(block)),
            Ok(octets) => panic!("channel {}: a block of {octets} octets", self.number),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(self.event_of(&error)),
        }
    }

    /// Says a block; false where there is no room.
    pub fn says(&mut self, block: &Block) -> Result<bool, u32> {
        match self.file.write(block) {
            Ok(octets) => Ok(octets == BLOCK),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(self.event_of(&error)),
        }
    }

    fn event_of(&self, error: &io::Error) -> u32 {
        assert_eq!(error.raw_os_error(), Some(EVENT_WAITS), "channel {}: {error}", self.number);
        self.event().unwrap_or_default()
    }

    /// Writes octets as they are.
    pub fn writes(&self, octets: &[u8]) {
        (&self.file).write_all(octets).unwrap_or_else(|error| panic!("channel {}: {error}", self.number));
    }

    /// Waits until there is something to hear, or an event, or the time is over.
    pub fn waits(&self, until: Instant) -> Ready {
        let left = until.saturating_duration_since(Instant::now()).min(Duration::from_secs(60));
        let timeout = PollTimeout::try_from(left).expect("less than a minute");
        let mut fds = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN | PollFlags::POLLPRI)];
        poll(&mut fds, timeout).expect("poll works");
        let is = |flag| fds[0].revents().is_some_and(|found| found.contains(flag));
        Ready { block: is(PollFlags::POLLIN), event: is(PollFlags::POLLPRI) }
    }
}

/// What a channel has.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    pub block: bool,
    pub event: bool,
}

/// 10 ms of a channel.
pub type Block = [u8; BLOCK];

/// Octets of 10 ms.
pub const BLOCK: usize = 80;

/// The smallest positive value of A-law.
pub const SILENCE: u8 = 0xd5;
